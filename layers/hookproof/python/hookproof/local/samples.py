"""Deliveries as real providers send them, with secrets that are made up for each run."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from hookproof.keys import Secret
from hookproof.messages import Headers, Request
from hookproof.registry import get_provider
from hookproof.signer import Delivery, sign


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One delivery, unsigned: ``secret`` signs it, ``stored`` is what the source holds."""

    source: str
    title: str
    body: bytes
    secret: Secret = field(repr=False)
    stored: Secret | None = field(default=None, repr=False)
    provider: str = ""
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    query: str = ""

    @property
    def source_text(self) -> str:
        """What the source's secret in Secrets Manager holds."""
        document = {"provider": self.provider or self.source, "secret": self.stored or self.secret}
        return json.dumps(document)

    def signed(self, base: str, *, now: float) -> Request:
        """The delivery as the provider would sign it at ``now``, for the stack at ``base``."""
        delivery = Delivery(
            body=self.body,
            url=f"{base}/webhooks/{self.source}{self.query and '?'}{self.query}",
            headers=Headers([("Content-Type", self.content_type), *self.headers]),
        )
        provider = get_provider(self.provider or self.source)
        return sign(provider, delivery, secret=self.secret, now=now)

    def changed(self, *, title: str, **fields: str | int) -> Sample:
        """The same delivery with other values at the top of its JSON."""
        document = {**json.loads(self.body), **fields}
        return replace(self, title=title, body=json.dumps(document).encode())


def samples() -> dict[str, Sample]:
    """A genuine delivery of each provider, by source name."""
    found = (*_shared_secret(), *_standard(), *_asymmetric(), *_token())
    return {sample.source: sample for sample in found}


def event(number: int) -> bytes:
    """A small Stripe event of its own id."""
    return _pretty({"id": f"evt_burst_{number:03d}", "type": "invoice.paid", "livemode": False})


def _shared_secret() -> tuple[Sample, ...]:
    amount = {"object": {"id": "pi_3QK2", "amount": 4200, "note": "Café ☕ & more"}}
    return (
        Sample(
            source="stripe",
            title="Stripe: a payment succeeded",
            # Stripe indents its JSON: one space less, and the signature is another.
            body=_pretty({"id": "evt_1QK2", "type": "payment_intent.succeeded", "data": amount}),
            secret=f"whsec_{secrets.token_hex(16)}",
        ),
        Sample(
            source="slack",
            title="Slack: somebody wrote a message",
            body=_compact({"event_id": "Ev08F2", "event": {"type": "message", "text": "hi \\o/"}}),
            secret=secrets.token_hex(16),
        ),
        Sample(
            source="github",
            title="GitHub: a push",
            body=_compact({"ref": "refs/heads/main", "pusher": {"name": "mona"}}),
            secret=secrets.token_hex(20),
            headers=(("X-GitHub-Event", "push"), ("X-GitHub-Delivery", "72d3162e-cc78-11e3-81ab")),
        ),
    )


def _standard() -> tuple[Sample, ...]:
    return (
        Sample(
            source="shopify",
            title="Shopify: an order",
            body=_compact({"id": 820982911946154508, "total_price": "403.00"}),
            secret=secrets.token_hex(16),
            headers=(("X-Shopify-Topic", "orders/create"), ("X-Shopify-Webhook-Id", "b54557e4")),
        ),
        Sample(
            source="twilio",
            title="Twilio: a text message, as a form (URL and fields are signed)",
            body=urlencode({"MessageSid": "SM8c1f", "From": "+15550100", "Body": "hi!"}).encode(),
            secret=secrets.token_hex(16),
            content_type="application/x-www-form-urlencoded",
        ),
        Sample(
            source="billing",
            provider="standard-webhooks",
            title="Standard Webhooks: an invoice",
            body=_compact({"type": "invoice.paid", "data": {"id": "in_77"}}),
            secret=f"whsec_{base64.b64encode(secrets.token_bytes(24)).decode()}",
            headers=(("webhook-id", "msg_2KWPBgLlAfxd"),),
        ),
    )


def _asymmetric() -> tuple[Sample, ...]:
    edwards, curve = ed25519.Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP256R1())
    spki = curve.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return (
        Sample(
            source="discord",
            provider="discord-interactions",
            title="Discord: a slash command (Ed25519)",
            body=_compact({"id": "1284", "type": 2, "data": {"name": "deploy"}}),
            secret=_private(edwards),
            stored=edwards.public_key().public_bytes_raw().hex(),
        ),
        Sample(
            source="sendgrid",
            title="SendGrid: mail was delivered (ECDSA)",
            body=_compact([{"sg_event_id": "c2VuZ", "event": "delivered", "email": "a@b.test"}])
            + b"\r\n",
            secret=_private(curve),
            stored=base64.b64encode(spki).decode(),
        ),
    )


def _token() -> tuple[Sample, ...]:
    return (
        Sample(
            source="telegram",
            title="Telegram: a bot's update (static token)",
            body=_compact({"update_id": 10000, "message": {"text": "/start"}}),
            secret=secrets.token_urlsafe(24),
        ),
        Sample(
            source="gitlab",
            title="GitLab: a merge request (static token)",
            body=_compact({"object_kind": "merge_request", "project": {"id": 1}}),
            secret=secrets.token_urlsafe(24),
            headers=(("X-Gitlab-Event", "Merge Request Hook"), ("X-Gitlab-Event-UUID", "8f1e")),
        ),
        Sample(
            source="pipedrive",
            title="Pipedrive: a deal changed (Basic)",
            body=_compact({"meta": {"id": "m-1", "action": "change", "entity": "deal"}}),
            secret=f"hooks:{secrets.token_urlsafe(18)}",
        ),
    )


def _private(key: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def _pretty(document: Mapping[str, object]) -> bytes:
    return json.dumps(document, indent=2, ensure_ascii=False).encode()


def _compact(document: object) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()
