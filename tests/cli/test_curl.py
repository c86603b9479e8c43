from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookproof.cli.curl import is_curl, parse_curl
from hookproof.cli.curl_text import write_curl
from hookproof.errors import ConfigurationError
from hookproof.messages import Headers, Request
from tests.cli.conftest import Write


def parse(command: str) -> Request:
    return parse_curl(command.encode(), "the file")


def test_a_command_as_a_browser_copies_it() -> None:
    request = parse(
        """curl 'https://example.com/hook?x=1' \\
          -X 'POST' \\
          -H 'content-type: application/json' \\
          -H 'x-signature: abc' \\
          --data-raw $'{"name":"caf\\u00e9 it\\'s"}' \\
          --compressed --insecure
        """
    )
    assert (request.method, request.url) == ("POST", "https://example.com/hook?x=1")
    assert list(request.headers) == [
        ("content-type", "application/json"),
        ("x-signature", "abc"),
    ]
    assert request.body == '{"name":"café it\'s"}'.encode()


@pytest.mark.parametrize(
    ("options", "method", "body", "content_type"),
    [
        ("", "GET", b"", None),
        ("-I", "HEAD", b"", None),
        ("-d a=1", "POST", b"a=1", "application/x-www-form-urlencoded"),
        ("-d a=1 --data b=2", "POST", b"a=1&b=2", "application/x-www-form-urlencoded"),
        ("-da=1", "POST", b"a=1", "application/x-www-form-urlencoded"),
        ("-sSLXPUT -d x", "PUT", b"x", "application/x-www-form-urlencoded"),
        ("--json '{}'", "POST", b"{}", "application/json"),
        ("-d '{}' -H 'Content-Type: text/x'", "POST", b"{}", "text/x"),
        ("-d '{}' -H 'Content-Type:'", "POST", b"{}", None),
        ("--data-raw @x", "POST", b"@x", "application/x-www-form-urlencoded"),
        ("--data-urlencode 'a=1 &2'", "POST", b"a=1%20%262", "application/x-www-form-urlencoded"),
        ("--data-urlencode ' x'", "POST", b"%20x", "application/x-www-form-urlencoded"),
        ("-d ''", "POST", b"", "application/x-www-form-urlencoded"),
    ],
)
def test_data_and_method(options: str, method: str, body: bytes, content_type: str | None) -> None:
    request = parse(f"curl https://example.com {options} -m 5")
    assert (request.method, request.body) == (method, body)
    assert request.headers.get("Content-Type") == content_type


def test_get_puts_the_data_into_the_query() -> None:
    request = parse("curl -G 'example.com/a?b=1' -d c=2")
    assert (request.method, request.url) == ("GET", "http://example.com/a?b=1&c=2")
    assert request.body == b""


def test_user_is_basic_authorization() -> None:
    assert parse("curl -u me:secret https://x.example").headers["Authorization"] == (
        "Basic bWU6c2VjcmV0"
    )


def test_data_out_of_files(write: Write) -> None:
    file = write("body.bin", b"a\r\nb\x00\xff")
    assert parse(f"curl x.example --data-binary @{file}").body == b"a\r\nb\x00\xff"
    assert parse(f"curl x.example --data @{file}").body == b"ab\xff"
    assert parse(f"curl x.example --data-urlencode n@{file}").body == b"n=a%0D%0Ab%00%FF"


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("curl", "has no URL"),
        ("curl a.example b.example", "more than one URL"),
        ("curl a.example --frobnicate", "--frobnicate is not known"),
        ("curl a.example -Z", "-Z is not known"),
        ("curl a.example -H", "--header lacks its value"),
        ("curl a.example -H nonsense", "expected -H 'Name: value'"),
        ("curl a.example -F a=@b", "capture the raw request"),
        ("curl a.example -d @/nonexistent/file", "/nonexistent/file: cannot be read"),
    ],
)
def test_what_cannot_be_read_is_named(command: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        parse(command)


def test_a_body_with_nul_goes_through_a_pipe() -> None:
    request = Request(method="POST", url="https://a.example/", body=b"a\0b")
    assert write_curl(request).startswith("printf '\\141\\000\\142' | curl -X POST")
    assert "--data-binary @-" in write_curl(request)


def test_only_curl_is_curl() -> None:
    assert is_curl(b"curl x")
    assert is_curl(b"  $ curl x")
    assert is_curl(b"curl.exe x")
    assert not is_curl(b"curly x")
    assert not is_curl(b"POST / HTTP/1.1")


@given(
    st.binary().filter(lambda body: b"\0" not in body),
    st.text(st.characters(min_codepoint=32, max_codepoint=126)),
)
def test_what_we_write_is_read_back_byte_for_byte(body: bytes, value: str) -> None:
    headers = Headers([("Content-Type", "x/y"), ("X-Test", value.strip() or "x")])
    request = Request(method="POST", url="https://a.example/?a='b'", headers=headers, body=body)
    assert parse_curl(write_curl(request).encode(), "x") == request
