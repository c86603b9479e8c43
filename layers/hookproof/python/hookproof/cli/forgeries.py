"""Deliveries that a good endpoint refuses: tampered, stale, or signed with another secret."""

from __future__ import annotations

import re
from dataclasses import replace

from hookproof.errors import ConfigurationError
from hookproof.keys import Secret
from hookproof.messages import Request
from hookproof.provider import Provider

FORGERIES = ("tampered", "stale", "secret")
_PREFIX = re.compile(r"^(?:[A-Za-z0-9]+[_:.-])*")


def forged_request(request: Request, kind: str | None, *, to: str) -> Request:
    """The request, sent to another URL than was signed if need be; tampered with if asked to."""
    request = replace(request, url=to + _signed_query(request, to))
    return replace(request, body=_tampered(request.body)) if kind == "tampered" else request


def forged_secret(secret: Secret) -> Secret:
    """Another secret of the same form. Raises: ConfigurationError where that cannot be made up."""
    if isinstance(secret, str):
        return _other(secret)
    return {name: _other(value) for name, value in secret.items()}


def remark(kind: str, provider: Provider) -> str | None:
    """Why the forgery may be accepted all the same, if the provider's scheme allows it."""
    scheme = provider.schemes[0]
    covers_body = scheme.body_digest is not None or (scheme.base and scheme.base.covers_body)
    if kind == "tampered" and scheme.module == "signed" and not covers_body:
        return f"{provider.name} does not sign the body as a whole: no receiver can see the change"
    if kind == "stale" and (scheme.timestamp is None or scheme.timestamp.tolerance is None):
        return f"{provider.name} signs no moment of sending: no receiver can see the age"
    return None


def _signed_query(request: Request, to: str) -> str:
    """What signing has added to the query, for schemes that write the signature there."""
    before = to.partition("?")[2]
    added = request.query.removeprefix(before).lstrip("&")
    if not added or before == request.query:
        return ""
    return ("&" if before else "?") + added


def _tampered(body: bytes) -> bytes:
    """The body with one digit or letter changed; JSON stays JSON."""
    found = re.search(rb"[0-9]", body) or re.search(rb"[A-Za-z]", body)
    if found is None:
        return body + b"x"
    other = b"2" if found[0] == b"1" else b"1" if found[0].isdigit() else b"x"
    return body[: found.start()] + other + body[found.end() :]


def _other(secret: str) -> str:
    """The secret with two of its characters exchanged: hex stays hex, base64 stays base64."""
    if secret.lstrip().startswith(("-----", "{")):
        raise ConfigurationError("--forge secret: no other key can be made out of a private key")
    start = _PREFIX.match(secret)
    first = start.end() if start and start.end() < len(secret) else 0
    for position in range(first + 1, len(secret)):
        if secret[position] != secret[first] and secret[position] != "=":
            swapped = secret[position] + secret[first + 1 : position] + secret[first]
            return secret[:first] + swapped + secret[position + 1 :]
    return secret + secret[-1]
