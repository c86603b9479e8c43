"""A character that the wire cannot carry never passes for another one that was signed."""

from __future__ import annotations

import pytest

from hookproof import Headers, Provider, Request, VerificationError, Verifier
from hookproof.components import Parts, octets
from hookproof.named_bases import NAMED_BASES
from hookproof.signer import Delivery, sign

NOW = 1_700_000_000
WIDE = "€"


def parts(text: str) -> Parts:
    headers = Headers(
        [
            ("X-Named", text),
            ("x-contentful-signed-headers", "x-contentful-timestamp,x-named"),
            ("x-contentful-timestamp", "1"),
            ("Content-Type", "application/json"),
        ]
    )
    made = Parts(Request(method="POST", url=f"https://x/{text}", headers=headers, body=b"{}"))
    made.params = {
        "h": b"X-Named",
        "t": b"1",
        "tl_version": b"2",
        "tl_headers": b"X-Named",
    }
    return made


@pytest.mark.parametrize("name", ["contentful", "hook0_headers", "truelayer", "plivo_v3"])
def test_named_bases_tell_wide_characters_apart(name: str) -> None:
    base = NAMED_BASES[name]
    assert len({base(parts(text)) for text in ("a", WIDE, "₭", "\ud800", "é")}) == 5


@pytest.mark.parametrize("place", ["{query:a}", "{raw_query}", "{url}", "{header:X-Named}"])
def test_templates_tell_them_apart(place: str) -> None:
    provider = Provider.from_json(
        {
            "signature": {"in": "header:X-Signature"},
            "signature_base": place,
            "algorithm": "hmac-sha256",
        },
        id="custom",
    )
    headers = Headers([("X-Named", "?")])
    delivery = Delivery(body=b"", url="https://x/?a=?", headers=headers)
    request = sign(provider, delivery, secret="s", now=NOW)
    for wide in (WIDE, "\ud800"):
        pairs = [(name, wide if value == "?" else value) for name, value in request.headers]
        changed = Request(
            method="POST", url=f"https://x/?a={wide}", headers=Headers(pairs), body=b""
        )
        with pytest.raises(VerificationError):
            Verifier.of(provider, "s").verify(changed, now=NOW)


def test_what_the_wire_carries_stays_as_it_is() -> None:
    assert octets("a\xff") == b"a\xff"
    assert octets(WIDE) == WIDE.encode()
