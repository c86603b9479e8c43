"""The signature base where Python's URL functions and RFC 9421 are not of one mind."""

from __future__ import annotations

import time

import pytest

from hookproof import Headers, Request
from hookproof.errors import RequestMalformed, SignatureMalformed
from hookproof.message_components import signature_base
from hookproof.structured_fields import MAX_LENGTH, parse_dictionary, parse_inner_list


def base(url: str, component: str, headers: Headers | None = None) -> str:
    request = Request(method="POST", url=url, headers=headers or Headers(), body=b"")
    written = signature_base(request, parse_inner_list(f"({component})")).decode("latin-1")
    return written.split("\n", maxsplit=1)[0].partition(": ")[2]


@pytest.mark.parametrize(
    ("query", "name", "value"),
    [
        ("var=this%20is%20a%20big%0Avalue", "var", "this%20is%20a%20big%0Avalue"),
        ("bar=with+plus+whitespace", "bar", "with%20plus%20whitespace"),
        ("fa%C3%A7ade%22%3A%20=something", "fa%C3%A7ade%22%3A%20", "something"),
        ("a=~*-._", "a", "%7E*-._"),
        ("a=%7e", "a", "%7E"),
        ("*=x", "*", "x"),
        ("a=", "a", ""),
    ],
)
def test_a_parameter_is_escaped_as_the_rfc_says(query: str, name: str, value: str) -> None:
    """Source: RFC 9421 §2.2.8, whose three examples come first."""
    assert base(f"https://example.com/?{query}", f'"@query-param";name="{name}"') == value


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("&".join(["a"] * 1001), "a"),
        ("a=1&a=2", "a"),
        ("b=1", "a"),
        ("fa%C3%A7ade=x", "façade"),
        ("a=\ud800", "a"),
    ],
    ids=["many", "twice", "missing", "not escaped", "surrogate"],
)
def test_a_parameter_that_is_not_there_once_is_refused(query: str, name: str) -> None:
    request = Request(method="GET", url=f"https://example.com/?{query}", body=b"")
    covered = parse_inner_list('("@query-param";name="x")')
    items = tuple((one, {"name": f'"{name}"'}, text) for one, _, text in covered.items)
    with pytest.raises(RequestMalformed):
        signature_base(request, type(covered)(items=items, parameters={}, text=covered.text))


def test_names_of_fields_are_in_lower_case() -> None:
    """Source: RFC 9421 §2.1."""
    headers = Headers([("Date", "now")])
    assert base("https://example.com/", '"date"', headers) == "now"
    with pytest.raises(SignatureMalformed):
        base("https://example.com/", '"Date"', headers)


@pytest.mark.parametrize(
    "text",
    [
        "( " + " " * MAX_LENGTH,
        "(" + '"x" ' * 2000,
        '("x"' + ";a=b" * 2000,
        '("x";' + " " * MAX_LENGTH,
        '("' + "\\\\" * 4000,
        '("x");' + "a" * MAX_LENGTH + "=",
        '("x")' + ';a="' * 2001,
    ],
    ids=range(7),
)
def test_no_text_takes_long_to_refuse(text: str) -> None:
    started = time.process_time()
    for parse in (parse_inner_list, parse_dictionary):
        with pytest.raises(ValueError, match=r"."):
            parse(f"a={text}" if parse is parse_dictionary else text)
    assert time.process_time() - started < 0.5
