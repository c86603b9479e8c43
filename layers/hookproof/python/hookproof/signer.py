"""The inverse of ``verifier``: (provider, body, secret, now) -> the Request a sender would make."""

from __future__ import annotations

from hookproof.errors import ConfigurationError
from hookproof.keys import Secret
from hookproof.messages import Headers, Request
from hookproof.provider import Provider
from hookproof.schemes import Draft, get_scheme
from hookproof.values import field, frozen


@frozen
class Delivery:
    """What is to be sent: everything but the signature."""

    body: bytes = field(repr=False)
    url: str = "https://example.com/webhooks/test"
    method: str = "POST"
    headers: Headers = field(
        default_factory=lambda: Headers([("Content-Type", "application/json")])
    )


def sign(provider: Provider, delivery: Delivery, *, secret: Secret, now: float) -> Request:
    """The delivery as the provider would sign it at ``now`` (seconds since 1970).

    ``secret`` is the shared secret, or the private key of an asymmetric scheme. Headers that
    the signature covers and the delivery lacks (an id, a nonce) are made up.
    Raises: ConfigurationError when the provider's scheme cannot be signed with it.
    """
    request = Request(
        method=delivery.method, url=delivery.url, headers=delivery.headers, body=delivery.body
    )
    fault: ConfigurationError | None = None
    for scheme in provider.schemes:
        try:
            for key in scheme.secret.keys_of(secret)[:1]:
                draft = Draft(scheme=scheme, request=request, key=key, now=now)
                return get_scheme(scheme.module).sign(draft)
        except ConfigurationError as error:
            # Another of the provider's ways may take this secret, or this delivery.
            fault = fault or error
    raise fault or ConfigurationError(
        f"{provider.id}: the secret is not in a form that it signs with"
    )
