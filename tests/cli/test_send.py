from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from hookproof import Headers, Request, VerificationError, get_provider, verify
from hookproof.cli.forgeries import forged_request, forged_secret, remark
from hookproof.cli.http_client import exchange, fetch_document
from hookproof.errors import ConfigurationError, Unavailable
from tests.cli.conftest import SECRET, Hookproof


class Receiver:
    """An endpoint on loopback that verifies as a user of the library would."""

    def __init__(self) -> None:
        self.provider = "stripe"
        self.secret = SECRET
        self.requests: list[Request] = []
        self.event_ids: list[str | None] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                url = f"http://{self.headers['Host']}{self.path}"
                fields = Headers(self.headers.items())
                outer.answer(self, Request(method="POST", url=url, headers=fields, body=body))

            do_GET = do_POST  # noqa: N815 - http.server's names

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"

    def answer(self, handler: BaseHTTPRequestHandler, request: Request) -> None:
        self.requests.append(request)
        if request.path == "/slow":
            time.sleep(1)
        if request.path == "/garbage":
            handler.wfile.write(b"what?\r\n\r\n")
            return
        try:
            verified = verify(request, provider=self.provider, secrets=self.secret)
        except VerificationError as error:
            status, text = error.status, error.code
        else:
            self.event_ids.append(verified.event_id)
            status, text = 200, "thanks\x1b[31m"
        handler.send_response(status)
        handler.end_headers()
        handler.wfile.write(text.encode())

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    yield server
    server.close()


def test_genuine_deliveries_are_taken_each_with_its_own_id(
    hookproof: Hookproof, secret_file: Path, receiver: Receiver
) -> None:
    given = ("-p", "stripe", "-s", secret_file, receiver.url)
    ran = hookproof("send", *given, "--count", 3)
    assert ran.status == 0
    assert ran.out.count("200") == 3
    assert len(set(receiver.event_ids)) == 3
    assert "\x1b" not in ran.out
    assert SECRET not in ran.out + ran.err


def test_the_same_event_again(hookproof: Hookproof, secret_file: Path, receiver: Receiver) -> None:
    given = ("-p", "stripe", "-s", secret_file, receiver.url)
    assert hookproof("send", *given, "--count", 2, "--same-event").status == 0
    assert len(set(receiver.event_ids)) == 1


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("tampered", "signature_mismatch"),
        ("stale", "timestamp_too_old"),
        ("secret", "signature_mismatch"),
    ],
)
def test_forgeries_are_refused(
    hookproof: Hookproof, secret_file: Path, receiver: Receiver, kind: str, reason: str
) -> None:
    given = ("-p", "stripe", "-s", secret_file, receiver.url)
    ran = hookproof("send", *given, "--forge", kind, "--json")
    assert ran.status == 1
    assert isinstance(ran.json, list)
    assert [one["body"] for one in ran.json] == [reason]


def test_what_no_receiver_can_see_is_said(
    hookproof: Hookproof, secret_file: Path, receiver: Receiver
) -> None:
    receiver.provider = "telegram"
    given = ("-p", "telegram", "-s", secret_file, receiver.url)
    ran = hookproof("send", *given, "--forge", "tampered")
    assert ran.status == 0
    assert "does not sign the body" in ran.out
    assert "no receiver can see the age" in hookproof("send", *given, "--forge", "stale").out
    assert hookproof("send", *given, "--forge", "secret").status == 1


def test_a_url_that_is_signed_and_another_that_is_called(
    hookproof: Hookproof, secret_file: Path, receiver: Receiver
) -> None:
    receiver.provider = "twilio"
    given = ("-p", "twilio", "-s", secret_file, "--body", "A=1")
    form = ("-H", "Content-Type: application/x-www-form-urlencoded")
    assert hookproof("send", *given, *form, receiver.url).status == 0
    public = ("--signed-url", "https://public.example/hook", receiver.url)
    assert hookproof("send", *given, *form, *public).status == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["http://127.0.0.1:1/"], "127.0.0.1:1: Connection refused"),
        (["--timeout", "0.2", "SLOW"], "no answer within 0.2 s"),
        (["GARBAGE"], "the answer is not HTTP (BadStatusLine)"),
        (["ftp://a.example/"], "expected an http or https URL"),
        (["http://"], "expected an http or https URL"),
        (["http://me@a.example/"], "expected an http or https URL"),
        (["http://a.example:x/"], "expected an http or https URL"),
        (["--count", "0", "http://a.example/"], "expected a number above 0"),
        (["--timeout", "nan", "http://a.example/"], "expected a number above 0"),
        (["-H", "X: a\nb", "URL"], "the request cannot be sent"),
    ],
)
def test_what_goes_wrong_is_one_line_and_2(
    hookproof: Hookproof, secret_file: Path, receiver: Receiver, options: list[str], message: str
) -> None:
    names = {
        "SLOW": receiver.url.replace("/hook", "/slow"),
        "GARBAGE": receiver.url.replace("/hook", "/garbage"),
        "URL": receiver.url,
    }
    options = [names.get(one, one) for one in options]
    ran = hookproof("send", "-p", "stripe", "-s", secret_file, *options)
    assert ran.status == 2
    assert message in ran.err
    assert "Traceback" not in ran.err


def test_a_public_key_is_fetched_or_it_is_said_why_not(receiver: Receiver) -> None:
    with pytest.raises(Unavailable, match="status 401 for a public key"):
        fetch_document(receiver.url, False)
    assert receiver.requests[-1].method == "POST"  # the server sees both alike
    with pytest.raises(Unavailable, match="Connection refused"):
        fetch_document("http://127.0.0.1:1/", True)


def test_the_request_goes_out_as_it_is(receiver: Receiver) -> None:
    headers = Headers([("X-A", "1"), ("X-A", "é"), ("Host", "public.example")])
    body = bytes(range(256))
    url = receiver.url + "?b=%20&a=1"
    exchange(Request(method="POST", url=url, headers=headers, body=body))
    got = receiver.requests[-1]
    assert got.body == body
    assert got.url == "http://public.example/hook?b=%20&a=1"
    assert got.headers.get_all("X-A") == ("1", "Ã©")


@pytest.mark.parametrize(
    "secret",
    ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "00ff12ab", "aaaa", "x", "ab==", "pk_live_aab"],
)
def test_another_secret_is_another_of_the_same_form(secret: str) -> None:
    other = forged_secret(secret)
    assert isinstance(other, str)
    assert other != secret
    assert set(other) == set(secret)
    assert forged_secret({"a": secret}) == {"a": other}


def test_a_private_key_cannot_be_made_another() -> None:
    with pytest.raises(ConfigurationError, match="private key"):
        forged_secret("-----BEGIN PRIVATE KEY-----\n…")


@pytest.mark.parametrize(
    ("body", "other"),
    [(b'{"a": "b1"}', b'{"a": "b2"}'), (b'{"a": 9}', b'{"a": 1}'), (b"<a/>", b"<x/>"), (b"", b"x")],
)
def test_one_character_is_changed(body: bytes, other: bytes) -> None:
    request = Request(method="POST", url="https://a.example/?s=1", body=body)
    forged = forged_request(request, "tampered", to="https://b.example/")
    assert (forged.body, forged.url) == (other, "https://b.example/?s=1")
    assert forged_request(request, None, to="https://b.example/").body == body
    assert forged_request(request, None, to="https://b.example/?s=1").url.count("s=1") == 1


def test_remarks() -> None:
    assert remark("tampered", get_provider("stripe")) is None
    assert remark("stale", get_provider("stripe")) is None
    assert remark("secret", get_provider("telegram")) is None
    assert json.dumps(remark("stale", get_provider("github")))
