"""Putting a text into a place, the inverse of reading it there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookproof import ConfigurationError, Headers, Request
from hookproof.components import Parts, parse_component
from hookproof.writing import write

FORM = Headers([("Content-Type", "application/x-www-form-urlencoded")])
PLACES = ["header:X-A", "query:a b", "form:a&b", "form:data#/x/y", "json:/a/b", "json:/list/0/id"]


def request_for(place: str) -> Request:
    body = b"a=1&a%26b=2" if place.startswith("form") else b'{"list": [{"id": 1}, {"id": 2}]}'
    headers = FORM if place.startswith("form") else Headers([("x-a", "old"), ("X-A", "older")])
    return Request(method="POST", url="https://a.example/?x=%20&a+b=1", headers=headers, body=body)


@pytest.mark.parametrize("place", PLACES)
@given(text=st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), min_size=1))
def test_what_is_written_is_read(place: str, text: str) -> None:
    component = parse_component(place, "x")
    written = write(request_for(place), component, text, {})
    found = component.read(Parts(written))
    encoded = text.encode("latin-1") if place.startswith("header") else text.encode()
    assert found == encoded


def test_what_is_not_named_stays_as_it_was() -> None:
    written = write(request_for("query"), parse_component("query:z", "x"), "1", {})
    assert written.url == "https://a.example/?x=%20&a+b=1&z=1"
    written = write(request_for("form"), parse_component("form:z", "x"), "1", {})
    assert written.body == b"a=1&a%26b=2&z=1"
    written = write(request_for("header"), parse_component("header:X-A", "x"), "new", {})
    assert written.headers.get_all("x-a") == ("new",)


def test_every_element_and_the_form_of_numbers() -> None:
    written = write(request_for("json"), parse_component("json:/list/*/id", "x"), "7", {})
    assert written.body == b'{"list":[{"id":7},{"id":7}]}'
    body = b'{"n": [1.50, -0, 1e5, 123456789012345678901], "a": "1.50"}'
    request = Request(method="POST", url="", body=body)
    written = write(request, parse_component("json:/sig", "x"), "é", {})
    expected = '{"n":[1.50,-0,1e5,123456789012345678901],"a":"1.50","sig":"é"}'
    assert written.body == expected.encode()


def test_a_place_that_the_secret_names() -> None:
    place = parse_component("header:$header", "x")
    written = write(request_for("json"), place, "tok", {"header": "X-Mine"})
    assert written.headers["X-Mine"] == "tok"


@pytest.mark.parametrize(
    ("place", "body"),
    [
        ("body", b"{}"),
        ("url", b"{}"),
        ("param:t", b"{}"),
        ("json:/a", b"no json"),
        ("json:/a", b"[1]"),
        ("json:/*/a", b"[]"),
        ("json:/a/b", b'{"a": 5}'),
        ("json:/a", b'{"b": "\\u0000"}'),
        ("form:a", b"\xff"),
        ("form:a#/b", b"a=5"),
    ],
)
def test_a_place_that_nothing_can_be_put_into(place: str, body: bytes) -> None:
    request = Request(method="POST", url="https://a.example/", body=body)
    with pytest.raises(ConfigurationError):
        write(request, parse_component(place, "x"), "text", {})


def test_a_multipart_form_is_left_alone() -> None:
    headers = Headers([("Content-Type", "multipart/form-data; boundary=x")])
    request = Request(method="POST", url="", headers=headers, body=b"--x--")
    with pytest.raises(ConfigurationError, match="multipart"):
        write(request, parse_component("form:a", "x"), "text", {})
