"""More official SDKs, most of them of one function; see ``sdks``."""

from __future__ import annotations

import json
import time

import livekit.api
import modern_treasury
import pusher
import qstash.receiver
import smartcar
from boxsdk.object.webhook import Webhook
from coinbase_commerce.webhook import Webhook as CoinbaseWebhook
from gocardless_pro import webhooks as gocardless_webhooks
from hypothesis import strategies as st
from viberbot import Api, BotConfiguration

from hookproof import Request
from tests.interop.sdks import LENIENT_BASE64, Sdk, named

_QSTASH = qstash.receiver.Receiver("sig_current", "sig_next")
_PUSHER = pusher.Pusher(app_id="1", key="key", secret="secret")
_BOX = {"primary": "Fd28OJrZ8oNxkgmS7TbjXNgrG8v", "secondary": "KWkROAOiof4zhYUHbAmiVn63cMj"}
_TREASURY = modern_treasury.ModernTreasury(
    api_key="none", organization_id="none", webhook_key="treasury-key"
)
_LIVEKIT = livekit.api.WebhookReceiver(
    livekit.api.TokenVerifier("api-key", "0123456789abcdef0123456789abcdef")
)
_VIBER_TOKEN = "44dafb7e0f40021e-61a47a1e6778d187-f2c5a676a07050b3"
_VIBER = Api(
    BotConfiguration(name="bot", avatar="https://example.com/a.png", auth_token=_VIBER_TOKEN)
)
# These SDKs parse what they have verified, so it must be what the provider sends.
_GOCARDLESS_BODIES = st.just(b'{"events": []}')
_COINBASE_BODIES = st.just(b'{"event": {"id": "e", "type": "charge:created", "data": {}}}')
_PUSHER_BODIES = st.integers(0, 10**6).map(
    lambda number: json.dumps({"time_ms": int(time.time() * 1000), "events": [number]}).encode()
)


def _qstash_accepts(request: Request) -> object:
    return _QSTASH.verify(
        signature=request.headers["Upstash-Signature"],
        body=request.body.decode(),
        url=request.url,
    )


def _box_accepts(request: Request) -> object:
    # Box sends a version with every signature; it is not part of what is signed.
    fields = {"box-signature-version": "1"}
    fields |= {name.lower(): value for name, value in request.headers}
    return Webhook.validate_message(request.body, fields, _BOX["primary"], _BOX["secondary"])


def _livekit_accepts(request: Request) -> object:
    return _LIVEKIT.receive(request.body.decode(), request.headers["Authorization"])


def _pusher_accepts(request: Request) -> object:
    verified = _PUSHER.validate_webhook(
        "key",
        request.headers["X-Pusher-Signature"],
        request.body.decode(),
    )
    return verified is not None


MORE_SDKS = (
    Sdk(
        provider="qstash",
        secret={"current": "sig_current", "next": "sig_next"},
        accepts=_qstash_accepts,
        laxer=LENIENT_BASE64,
    ),
    Sdk(provider="pusher", secret="secret", accepts=_pusher_accepts, bodies=_PUSHER_BODIES),
    Sdk(provider="box", secret=_BOX, accepts=_box_accepts),
    Sdk(
        provider="modern-treasury",
        secret="treasury-key",
        accepts=lambda request: _TREASURY.webhooks.validate_signature(
            request.body.decode(), named(request)
        ),
    ),
    Sdk(
        provider="livekit",
        secret={"api_key": "api-key", "api_secret": "0123456789abcdef0123456789abcdef"},
        accepts=_livekit_accepts,
        laxer=LENIENT_BASE64,
        bodies=st.just(b'{"event": "room_started", "id": "EV_1"}'),
    ),
    Sdk(
        provider="smartcar",
        secret="amt",
        accepts=lambda request: smartcar.verify_payload(
            "amt", request.headers["SC-Signature"], request.body.decode()
        ),
    ),
    Sdk(
        provider="viber",
        secret=_VIBER_TOKEN,
        accepts=lambda request: _VIBER.verify_signature(
            request.body, request.headers["X-Viber-Content-Signature"]
        ),
    ),
    Sdk(
        provider="coinbase-commerce",
        secret="cc-secret",
        accepts=lambda request: CoinbaseWebhook.construct_event(
            request.body.decode(), request.headers["X-CC-Webhook-Signature"], "cc-secret"
        ),
        bodies=_COINBASE_BODIES,
    ),
    Sdk(
        provider="gocardless",
        secret="gc-secret",
        accepts=lambda request: gocardless_webhooks.parse(
            request.body, "gc-secret", request.headers["Webhook-Signature"]
        ),
        bodies=_GOCARDLESS_BODIES,
    ),
)
