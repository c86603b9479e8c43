from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookproof.cli.shell_words import split_words
from hookproof.errors import ConfigurationError


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (b"", []),
        (b"  a  b ", [b"a", b"b"]),
        (b"'a b'c\"d e\"", [b"a bcd e"]),
        (b"''", [b""]),
        (b"a \\\n  b", [b"a", b"b"]),
        (b"a \\\r\n  b", [b"a", b"b"]),
        (b"a\\ b", [b"a b"]),
        (b'"a\\"b\\\\c\\d"', [b'a"b\\c\\d']),
        (b'"a\\\nb"', [b"ab"]),
        (b"'a\\nb'", [b"a\\nb"]),
        (b"$'a\\nb\\t\\'c\\\\'", [b"a\nb\t'c\\"]),
        (b"$'\\x00\\xff\\101'", [b"\x00\xffA"]),
        (b"$'\\u00e9'", "é".encode()),
        (b"$'\\ud83d\\ude00'", "😀".encode()),
        (b"$'\\ud83d'", b"\xed\xa0\xbd"),
        (b"a$b $c", [b"a$b", b"$c"]),
        ("'ü'".encode(), "ü".encode()),
    ],
)
def test_words(command: bytes, words: bytes | list[bytes]) -> None:
    assert split_words(command, "x") == ([words] if isinstance(words, bytes) else words)


@pytest.mark.parametrize("command", [b"'a", b'a "b', b"$'a", b"a\\"])
def test_a_quote_that_is_not_closed_is_named(command: bytes) -> None:
    with pytest.raises(ConfigurationError, match="the file: a quote is not closed, from line 2"):
        split_words(b"x\n" + command, "the file")


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_what_a_shell_quotes_comes_back(words: list[str]) -> None:
    command = " ".join(shlex.quote(word) for word in words).encode()
    assert split_words(command, "x") == [word.encode() for word in words]
