"""Deliveries of several providers for the tests of explanations, and ways to break them."""

from __future__ import annotations

from hookproof import Headers, Provider, Request, get_provider
from hookproof.components import Parts
from hookproof.encodings import encode
from hookproof.explain import Case, Report, explain_case
from hookproof.scheme import AlgorithmChoice
from hookproof.signer import Delivery, sign
from hookproof.values import replace

NOW = 1_700_000_000
URL = "https://hooks.example.com/webhooks/x?a=1&b=c%20d"
BODY = '{"id":"evt_1","type":"a.b","name":"Jürgen / <Söhne>","n":[1,2.5,1.0],"ok":true}'.encode()
FORM = b"CallSid=CA1&Caller=%2B1234&Digits=1+2&To=x%2Fy"
# What these sign: the body, with or without a time; the body and the URL; a form and the URL.
SECRETS = {
    "stripe": "whsec_abcdefghijklmnop",
    "slack": "8f742231b10e8888abcd99yyyzzz85a5",
    "github": "It's a secret",
    "shopify": "hush_hush_hush",
    "hubspot": "1234-5678-abcd",
    "openai": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "zoom": "zoom_secret_token",
    "paddle": "pdl_ntfset_key",
    "line": "line channel secret",
    "close": "00112233445566778899aabbccddeeff",
    "square": "square-signature-key",
    "twilio": "12345678901234567890",
}
BODIES = tuple(name for name in SECRETS if name != "twilio")
URLS = ("hubspot", "square", "twilio")
TIMED = ("stripe", "slack", "hubspot", "openai", "zoom", "paddle", "close")
OTHER_SECRET = "another_secret_0123456789"


def delivery(provider: Provider | str, *, body: bytes = BODY, url: str = URL) -> Request:
    """A genuine request of the provider, signed at ``NOW``."""
    signer = get_provider(provider) if isinstance(provider, str) else provider
    content_type = "application/json"
    if signer.id == "twilio":
        body, content_type = FORM, "application/x-www-form-urlencoded"
    headers = Headers([("Content-Type", content_type)])
    made = Delivery(body=body, url=url, headers=headers)
    return sign(signer, made, secret=SECRETS[signer.id], now=NOW)


def explained(provider: str, request: Request, **changes: object) -> Report:
    """The report on the request, by the provider's secret unless told otherwise."""
    given: dict[str, object] = {"secrets": (SECRETS.get(provider, OTHER_SECRET),), "now": NOW}
    given |= {"provider": get_provider(provider), "request": request}
    case = Case(**{**given, **changes})  # type: ignore[arg-type]
    return explain_case(case)


def codes(report: Report) -> list[str]:
    """The causes' codes, in order."""
    return [cause.code for cause in report.causes]


def field_of(provider: str, request: Request) -> tuple[str, str, str]:
    """The signature's header, its value, and the signature alone as it is written there."""
    field = get_provider(provider).schemes[0].signature
    name = field.places[0].name
    values = {"secret": SECRETS[provider]}
    signature = field.first(Parts(request, values=values))
    return name, request.headers[name], encode(signature, field.encodings).decode()


def rewritten(provider: str, request: Request, encoding: str) -> Request:
    """The request with its signature in another encoding."""
    field = get_provider(provider).schemes[0].signature
    name, value, written = field_of(provider, request)
    signature = field.first(Parts(request))
    return with_header(
        request, name, value.replace(written, encode(signature, [encoding]).decode())
    )


def with_header(request: Request, name: str, value: str) -> Request:
    """The request with this field in place of every one of the name."""
    kept = [pair for pair in request.headers if pair[0].lower() != name.lower()]
    return replace(request, headers=Headers([*kept, (name, value)]))


def renamed(request: Request, name: str, other: str) -> Request:
    """The request with a header under another name."""
    fields = [(other if one.lower() == name.lower() else one, v) for one, v in request.headers]
    return replace(request, headers=Headers(fields))


def by_algorithm(provider: str, algorithm: str) -> Provider:
    """The provider as if it signed with another algorithm."""
    known = get_provider(provider)
    choice = AlgorithmChoice(names=(algorithm,))
    return replace(known, schemes=tuple(replace(one, algorithm=choice) for one in known.schemes))
