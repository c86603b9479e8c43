"""The official SDKs, each as two functions: what it accepts, and what it signs.

``accepts`` gives False or raises where the SDK refuses. ``signs`` is there where the SDK signs
too. ``laxer`` names the changes that the SDK does not notice although the provider's
documentation says it should; each stands in the provider's guide.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

import Adyen
import braintree
import cloudinary
import cloudinary.utils
import easypost.util
import nacl.signing
import openai
import plivo.utils
import razorpay
import slack_sdk.signature
import square.utils.webhooks_helper
import standardwebhooks
import stripe
import svix.webhooks
import telnyx.lib.webhook_verification
import twilio.request_validator
import workos
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import strategies as st
from linebot.v3.webhook import SignatureValidator
from paddle_billing.Notifications import Secret, Verifier
from sendgrid.helpers.eventwebhook import EventWebhook

from hookproof import Headers, Request

URL = "https://hooks.example.com/webhooks/test?tenant=a%20b"
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
JSON_BODIES = st.dictionaries(TEXT, TEXT | st.integers() | st.none(), max_size=4).map(
    lambda value: json.dumps(value, ensure_ascii=False).encode()
)
FORM_BODIES = st.dictionaries(TEXT.filter(bool), TEXT, min_size=1, max_size=4).map(
    lambda value: urlencode(value).encode()
)
JSON_TYPE = ("Content-Type", "application/json")
FORM_TYPE = ("Content-Type", "application/x-www-form-urlencoded")
WHSEC = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
LENIENT_BASE64 = frozenset({"flipped_last"})
_ED25519 = nacl.signing.SigningKey(bytes(range(32)))
_P256 = ec.derive_private_key(1234567890123456789, ec.SECP256R1())


@dataclass(frozen=True, kw_only=True)
class Sdk:
    """One SDK: how it verifies, how it signs if it does, and what it is lax about."""

    provider: str
    secret: Any
    accepts: Callable[[Request], object]
    signs: Callable[[bytes], Request] | None = None
    private: Any = None
    bodies: st.SearchStrategy[bytes] = JSON_BODIES
    content_type: tuple[str, str] = JSON_TYPE
    laxer: frozenset[str] = frozenset()

    @property
    def signing_secret(self) -> Any:
        """The secret that signs: the private key where the public one verifies."""
        return self.secret if self.private is None else self.private

    def is_accepted(self, request: Request) -> bool:
        """Whether the SDK takes the request for genuine."""
        try:
            return self.accepts(request) is not False
        # SDKs raise many kinds for what they refuse.
        except Exception:  # noqa: BLE001
            return False


def posted(body: bytes, *fields: tuple[str, str]) -> Request:
    """A request with these header fields."""
    return Request(method="POST", url=URL, headers=Headers(fields), body=body)


def named(request: Request) -> dict[str, str]:
    """The header fields as SDKs take them."""
    return dict(request.headers)


def now() -> str:
    """The present in seconds, as text."""
    return str(int(time.time()))


def pem(key: Any) -> str:
    """The public key of a private one, as PEM."""
    public = key.public_key()
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    text: bytes = public.public_bytes(serialization.Encoding.PEM, spki)
    return text.decode()


def private_pem(key: Any) -> str:
    """A private key as PEM, PKCS #8."""
    text: bytes = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return text.decode()


def _stripe_signs(body: bytes) -> Request:
    header = stripe.WebhookSignature.generate_signature_header(body.decode(), WHSEC)
    return posted(body, JSON_TYPE, ("Stripe-Signature", header))


def _stripe_accepts(request: Request) -> object:
    return stripe.WebhookSignature.verify_header(
        request.body, request.headers["Stripe-Signature"], WHSEC, tolerance=300
    )


_SLACK = slack_sdk.signature.SignatureVerifier("8f742231b10e8888abcd99yyyzzz85a5")


def _slack_signs(body: bytes) -> Request:
    moment = now()
    signature = _SLACK.generate_signature(timestamp=moment, body=body)
    return posted(
        body,
        JSON_TYPE,
        ("X-Slack-Request-Timestamp", moment),
        ("X-Slack-Signature", str(signature)),
    )


_TWILIO = twilio.request_validator.RequestValidator("12345")


def _twilio_signs(body: bytes) -> Request:
    params = dict(parse_qsl(body.decode(), keep_blank_values=True))
    return posted(body, FORM_TYPE, ("X-Twilio-Signature", _TWILIO.compute_signature(URL, params)))


def _twilio_accepts(request: Request) -> object:
    params = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
    return _TWILIO.validate(request.url, params, request.headers["X-Twilio-Signature"])


def _standard_signs(prefix: str, wh: Any) -> Callable[[bytes], Request]:
    def signs(body: bytes) -> Request:
        moment = datetime.now(UTC)
        return posted(
            body,
            JSON_TYPE,
            (f"{prefix}-id", "msg_1"),
            (f"{prefix}-timestamp", str(int(moment.timestamp()))),
            (f"{prefix}-signature", wh.sign("msg_1", moment, body.decode())),
        )

    return signs


_STANDARD = standardwebhooks.Webhook(WHSEC)
_SVIX = svix.webhooks.Webhook(WHSEC)
_OPENAI = openai.OpenAI(api_key="none", webhook_secret=WHSEC)


def _line_accepts(request: Request) -> object:
    return SignatureValidator("channel-secret").validate(
        request.body.decode(), request.headers["X-Line-Signature"]
    )


def _sendgrid_signs(body: bytes) -> Request:
    moment = now()
    signature = _P256.sign(moment.encode() + body, ec.ECDSA(hashes.SHA256()))
    return posted(
        body,
        JSON_TYPE,
        ("X-Twilio-Email-Event-Webhook-Timestamp", moment),
        ("X-Twilio-Email-Event-Webhook-Signature", base64.b64encode(signature).decode()),
    )


def _sendgrid_accepts(request: Request) -> object:
    return EventWebhook("".join(pem(_P256).splitlines()[1:-1])).verify_signature(
        request.body.decode(),
        request.headers["X-Twilio-Email-Event-Webhook-Signature"],
        request.headers["X-Twilio-Email-Event-Webhook-Timestamp"],
    )


def _square_accepts(request: Request) -> object:
    return square.utils.webhooks_helper.verify_signature(
        request_body=request.body.decode(),
        signature_header=request.headers["x-square-hmacsha256-signature"],
        signature_key="asdf1234",
        notification_url=request.url,
    )


_BRAINTREE = braintree.BraintreeGateway(
    braintree.Configuration(
        braintree.Environment.Development, "merchant", "public_key", "private_key"
    )
)


def _braintree_signs(body: bytes) -> Request:
    made = _BRAINTREE.webhook_testing.sample_notification(
        braintree.WebhookNotification.Kind.SubscriptionWentPastDue, body.hex()[:32]
    )
    return posted(urlencode(made).encode(), FORM_TYPE)


def _braintree_accepts(request: Request) -> object:
    form = dict(parse_qsl(request.body.decode()))
    return _BRAINTREE.webhook_notification.parse(form["bt_signature"], form["bt_payload"])


def _braintree_bodies(kind: str) -> bytes:
    made = _BRAINTREE.webhook_testing.sample_notification(kind, "my_id")
    return base64.b64decode(made["bt_payload"])


def _paddle_accepts(request: Request) -> object:
    return Verifier().verify(_PaddleRequest(request), Secret("pdl_ntfset_secret"))


class _PaddleRequest:
    """What Paddle's SDK takes for a request."""

    def __init__(self, request: Request) -> None:
        self.body = request.body
        self.headers = named(request)


def _razorpay_accepts(request: Request) -> object:
    client = razorpay.Client(auth=("key", "secret"))
    return client.utility.verify_webhook_signature(
        request.body.decode(), request.headers["X-Razorpay-Signature"], "rzp-secret"
    )


def _ed25519_signs(name: str, form: Callable[[bytes], str], joint: str) -> Callable[..., Request]:
    def signs(body: bytes) -> Request:
        moment = now()
        signature = _ED25519.sign(moment.encode() + joint.encode() + body).signature
        stamp = "X-Signature-Timestamp" if name.startswith("X-") else "telnyx-timestamp"
        return posted(body, JSON_TYPE, (stamp, moment), (name, form(signature)))

    return signs


def _discord_accepts(request: Request) -> object:
    # As Discord's documentation verifies.
    signed = request.headers["X-Signature-Timestamp"].encode() + request.body
    signature = bytes.fromhex(request.headers["X-Signature-Ed25519"])
    return _ED25519.verify_key.verify(signed, signature)


_TELNYX_KEY = base64.b64encode(_ED25519.verify_key.encode()).decode()


def _telnyx_accepts(request: Request) -> object:
    return telnyx.lib.webhook_verification.verify_webhook_signature(
        request.body, named(request), _TELNYX_KEY
    )


def _plivo_accepts(request: Request) -> object:
    return plivo.utils.validate_v3_signature(
        "POST",
        request.url,
        request.headers["X-Plivo-Signature-V3-Nonce"],
        "plivo-token",
        request.headers["X-Plivo-Signature-V3"],
        dict(parse_qsl(request.body.decode(), keep_blank_values=True)),
    )


_ADYEN_KEY = "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056"
_ADYEN_BODIES = st.builds(
    lambda reference, merchant, value: json.dumps(
        {
            "live": "false",
            "notificationItems": [
                {
                    "NotificationRequestItem": {
                        "additionalData": {},
                        "amount": {"currency": "EUR", "value": value},
                        "eventCode": "AUTHORISATION",
                        "merchantAccountCode": "TestMerchant",
                        "merchantReference": merchant,
                        "originalReference": "",
                        "pspReference": reference,
                        "success": "true",
                    }
                }
            ],
        }
    ).encode(),
    st.from_regex(r"[0-9A-Z]{16}", fullmatch=True),
    st.from_regex(r"[A-Za-z0-9-]{1,20}", fullmatch=True),
    st.integers(0, 10**9),
)


def _adyen_signs(body: bytes) -> Request:
    document = json.loads(body)
    item = document["notificationItems"][0]["NotificationRequestItem"]
    bare = {name: value for name, value in item.items() if name != "additionalData"}
    signature = Adyen.util.generate_notification_sig(bare, _ADYEN_KEY).decode()
    item["additionalData"] = {"hmacSignature": signature}
    return posted(json.dumps(document).encode(), JSON_TYPE)


def _adyen_accepts(request: Request) -> object:
    # The SDK says None of an item that has no signature at all.
    return bool(Adyen.util.is_valid_hmac_notification(json.loads(request.body), _ADYEN_KEY))


def _adyen_platform_signs(body: bytes) -> Request:
    signature = Adyen.util.generate_payload_sig(body, _ADYEN_KEY).decode()
    return posted(body, JSON_TYPE, ("HmacSignature", signature))


def _adyen_platform_accepts(request: Request) -> object:
    return Adyen.util.is_valid_hmac_payload(
        request.headers["HmacSignature"], _ADYEN_KEY, request.body
    )


def _easypost_accepts(request: Request) -> object:
    return easypost.util.validate_webhook(request.body, named(request), "sécret")


def _cloudinary_accepts(request: Request) -> object:
    cloudinary.config(api_secret="X7qLTrsES31MzxxkxPPA-pAGGfU")
    return cloudinary.utils.verify_notification_signature(
        request.body.decode(),
        int(request.headers["X-Cld-Timestamp"]),
        request.headers["X-Cld-Signature"],
    )


def _workos_accepts(request: Request) -> object:
    client = workos.WorkOSClient(api_key="sk_test", client_id="client")
    return client.webhooks.verify_header(
        event_body=request.body,
        event_signature=request.headers["WorkOS-Signature"],
        secret="workos-secret",
    )


SDKS = (
    Sdk(provider="stripe", secret=WHSEC, accepts=_stripe_accepts, signs=_stripe_signs),
    Sdk(
        provider="slack",
        secret=_SLACK.signing_secret,
        accepts=lambda request: _SLACK.is_valid_request(request.body, named(request)),
        signs=_slack_signs,
    ),
    Sdk(
        provider="twilio",
        secret="12345",
        accepts=_twilio_accepts,
        signs=_twilio_signs,
        bodies=FORM_BODIES,
        content_type=FORM_TYPE,
    ),
    Sdk(
        provider="svix",
        laxer=LENIENT_BASE64,
        secret=WHSEC,
        accepts=lambda request: _SVIX.verify(request.body, named(request)),
        signs=_standard_signs("svix", _SVIX),
    ),
    Sdk(
        provider="standard-webhooks",
        laxer=LENIENT_BASE64,
        secret=WHSEC,
        accepts=lambda request: _STANDARD.verify(request.body, named(request), json_parse=False),
        signs=_standard_signs("webhook", _STANDARD),
    ),
    Sdk(
        provider="openai",
        secret=WHSEC,
        accepts=lambda request: _OPENAI.webhooks.verify_signature(request.body, named(request)),
        signs=_standard_signs("webhook", _STANDARD),
    ),
    Sdk(provider="line", secret="channel-secret", accepts=_line_accepts),
    Sdk(
        provider="sendgrid",
        laxer=LENIENT_BASE64,
        secret=pem(_P256),
        private=private_pem(_P256),
        accepts=_sendgrid_accepts,
        signs=_sendgrid_signs,
    ),
    Sdk(provider="square", secret="asdf1234", accepts=_square_accepts),
    Sdk(
        provider="braintree",
        secret={"public_key": "public_key", "private_key": "private_key"},
        accepts=_braintree_accepts,
        signs=_braintree_signs,
        bodies=st.sampled_from(["subscription_canceled", "check"]).map(_braintree_bodies),
        content_type=FORM_TYPE,
    ),
    Sdk(provider="paddle", secret="pdl_ntfset_secret", accepts=_paddle_accepts),
    Sdk(provider="razorpay", secret="rzp-secret", accepts=_razorpay_accepts),
    Sdk(
        provider="discord-interactions",
        secret=_ED25519.verify_key.encode().hex(),
        private=_ED25519.encode().hex(),
        accepts=_discord_accepts,
        signs=_ed25519_signs("X-Signature-Ed25519", bytes.hex, ""),
    ),
    Sdk(
        provider="telnyx",
        laxer=LENIENT_BASE64,
        secret=_TELNYX_KEY,
        private=base64.b64encode(_ED25519.encode()).decode(),
        accepts=_telnyx_accepts,
        signs=_ed25519_signs(
            "telnyx-signature-ed25519", lambda octets: base64.b64encode(octets).decode(), "|"
        ),
    ),
    Sdk(
        provider="plivo",
        secret="plivo-token",
        accepts=_plivo_accepts,
        bodies=FORM_BODIES,
        content_type=FORM_TYPE,
    ),
    Sdk(
        provider="adyen",
        secret=_ADYEN_KEY,
        accepts=_adyen_accepts,
        signs=_adyen_signs,
        bodies=_ADYEN_BODIES,
    ),
    Sdk(
        provider="adyen-platform",
        secret=_ADYEN_KEY,
        accepts=_adyen_platform_accepts,
        signs=_adyen_platform_signs,
    ),
    Sdk(provider="easypost", secret="sécret", accepts=_easypost_accepts),
    Sdk(provider="cloudinary", secret="X7qLTrsES31MzxxkxPPA-pAGGfU", accepts=_cloudinary_accepts),
    Sdk(provider="workos", secret="workos-secret", accepts=_workos_accepts),
)
