from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookproof.cli.http_text import is_http, parse_http, write_http
from hookproof.errors import ConfigurationError
from hookproof.messages import Headers, Request


def test_a_request_with_its_exact_body() -> None:
    text = b"POST /hook?a=1 HTTP/1.1\r\nHost: a.example\r\nX-A: 1\r\nX-A:2\r\n\r\n\r\n{}\x00\xff\n"
    request, remarks = parse_http(text, "x")
    assert (request.method, request.url) == ("POST", "https://a.example/hook?a=1")
    assert request.headers.get_all("x-a") == ("1", "2")
    assert request.body == b"\r\n{}\x00\xff\n"
    assert remarks == ()


def test_lines_that_end_as_editors_end_them() -> None:
    request, _ = parse_http(b"POST / HTTP/1.1\nHost: a.example\nX: y\n\nbody", "x")
    assert (request.headers["X"], request.body) == ("y", b"body")


def test_an_editors_last_line_end_is_not_the_body_s() -> None:
    request, remarks = parse_http(b"POST / HTTP/1.1\nContent-Length: 4\n\nbody\n", "x")
    assert (request.body, remarks) == (b"body", ())


def test_another_length_is_remarked_and_the_body_kept() -> None:
    request, remarks = parse_http(b"POST / HTTP/1.1\nContent-Length: 9\n\nbody\n", "x")
    assert request.body == b"body\n"
    assert remarks == ("the body has 5 bytes, but its Content-Length says 9",)


def test_chunks_are_joined() -> None:
    head = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    request, remarks = parse_http(head + b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n", "x")
    assert (request.body, remarks) == (b"abcde", ())
    request, remarks = parse_http(head + b'{"a":1}', "x")
    assert (request.body, remarks) == (b'{"a":1}', ("the body is not chunked any more",))


def test_folded_lines_absolute_targets_and_plain_http() -> None:
    text = b"GET http://b.example/x HTTP/1.0\nHost: a.example\nX: a\n  b\n\n"
    request, _ = parse_http(text, "x")
    assert (request.url, request.headers["X"]) == ("http://b.example/x", "a b")
    request, _ = parse_http(b"GET /x\nHost: a.example\nX-Forwarded-Proto: http\n\n", "x")
    assert request.url == "http://a.example/x"


def test_without_an_empty_line_there_is_no_body() -> None:
    request, remarks = parse_http(b"GET / HTTP/1.1\nHost: a.example", "x")
    assert (request.body, len(remarks)) == (b"", 1)


@pytest.mark.parametrize("line", [b"no colon", b"bad name: x", b"\xff: x"])
def test_a_line_that_is_no_header_is_an_error(line: bytes) -> None:
    with pytest.raises(ConfigurationError, match="the file: expected header lines"):
        parse_http(b"GET / HTTP/1.1\n" + line + b"\n\n", "the file")


def test_what_is_http() -> None:
    assert is_http(b"\nPOST /a HTTP/1.1\r\n")
    assert not is_http(b"post it\n")
    assert not is_http(b"POST")
    with pytest.raises(ConfigurationError, match="request line"):
        parse_http(b"hello", "x")


@given(st.binary())
def test_what_we_write_is_read_back(body: bytes) -> None:
    headers = Headers([("Host", "a.example"), ("X-Ü", "é"), ("Content-Length", str(len(body)))])
    headers = Headers([pair for pair in headers if pair[0].isascii()])
    request = Request(method="POST", url="https://a.example/p?q", headers=headers, body=body)
    assert parse_http(write_http(request), "x")[0] == request
