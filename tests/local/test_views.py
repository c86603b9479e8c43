import base64
from dataclasses import replace

from hookproof.local.aws import Message
from hookproof.local.views import body_view, detail, mask, summary
from hookproof.messages import Headers, Request
from tests.local.test_deliveries import delivery

SECRET = "tok_0123456789"


def test_a_secret_is_masked_wherever_it_stands() -> None:
    basic = base64.b64encode(f"hooks:{SECRET}".encode()).decode()
    fields = [("X-Token", SECRET), ("Authorization", f"Basic {basic}"), ("X-Plain", "seen")]
    one = replace(
        delivery(1, outcome="rejected", detail=f"near {SECRET}"),
        request=Request(
            method="POST",
            url=f"http://h/webhooks/x?token={SECRET}",
            headers=Headers(fields),
            body=f'{{"token":"{SECRET}"}}'.encode(),
        ),
        message=Message(id="1", body=SECRET, attributes={"id": "2"}, group=None, sent=0.0),
    )
    shown = detail(one, [SECRET])
    assert SECRET not in str(shown)
    assert SECRET not in str(summary(one, [SECRET]))
    assert basic not in str(shown)
    assert ["X-Plain", "seen"] in shown["headers"]
    assert ["Authorization", "Basic ••••••"] in shown["headers"]


def test_text_is_shown_as_text_and_bytes_as_base64() -> None:
    assert body_view("é".encode()) == {
        "text": "é",
        "encoding": "text",
        "bytes": 2,
        "cut": False,
    }
    assert body_view(b"\xff\x00")["text"] == "/wA="
    assert body_view(b"\xff\x00")["encoding"] == "base64"


def test_a_long_text_is_cut_between_characters() -> None:
    view = body_view(b"a" + "é".encode() * 100_000)
    assert view["cut"] is True
    assert view["encoding"] == "text"
    assert view["text"] == "a" + "é" * (128 * 1024 // 2 - 1)


def test_mask_covers_each_occurrence() -> None:
    shown = {"key": ["a-b-a", 1, None], "a": {"x": "a"}}
    assert mask(shown, ["a"]) == {"key": ["••••••-b-••••••", 1, None], "a": {"x": "••••••"}}
