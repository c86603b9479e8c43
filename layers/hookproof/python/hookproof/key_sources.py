"""Public keys that must be fetched: which URL may be asked, and which key of the answer counts.

The core checks the URL against the rule in the provider's data, never trusting what the
request alone says; the edge fetches it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from hookproof.components import Parts
from hookproof.errors import ConfigurationError, RequestMalformed, SignatureMismatch
from hookproof.keys import Key
from hookproof.schemes import Attempt

_MAX_URL = 512
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/%?=&+@:,")
_HOST = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-.")


def fetch_key(attempt: Attempt, key: Key, *, kid: str | None = None) -> Key:
    """The public key that the provider publishes, by ``kid`` where it names several.

    An unknown ``kid`` is looked up once more, past the cache. Raises: RequestMalformed for a
    URL that the rule forbids, SignatureMismatch for an unknown key, ConfigurationError when
    nothing can be fetched here, Unavailable.
    """
    source = attempt.scheme.key_source
    if source is None or attempt.fetch is None:
        names = ", ".join(name.rstrip("?") for name in attempt.scheme.secret.names) or "secret"
        raise ConfigurationError(f"secret: a public key is needed and none is given ({names})")
    url = source_url(attempt)
    for refresh in (False, True):
        found = choose_key(attempt.fetch(url, refresh), source.form, kid)
        if found is not None:
            return Key(found, key.values)
    raise SignatureMismatch("the key that the request names is not among the provider's")


def source_url(attempt: Attempt) -> str:
    """The URL of the key, checked against the provider's rule. Raises: RequestMalformed."""
    source = attempt.scheme.key_source
    if source is None:
        raise ConfigurationError("key_source: none in the provider's file")
    url = source.url.render(attempt.parts).decode("latin-1")
    check_url(url, source.hosts)
    if not url.partition("?")[0].endswith(source.path_suffix):
        raise RequestMalformed(f"key URL: expected a path that ends in {source.path_suffix}")
    return url


def check_url(url: str, hosts: tuple[str, ...]) -> None:
    """Accept an https URL whose host is one that ``hosts`` allows.

    Raises: RequestMalformed for any other: a port, credentials, odd characters, ``..``.
    """
    scheme, mark, rest = url.partition("://")
    host = rest.partition("/")[0].partition("?")[0]
    plain = len(url) <= _MAX_URL and not set(rest) - _PLAIN and not set(host) - _HOST
    if (
        scheme != "https"
        or not mark
        or not plain
        or "/../" in f"{rest}/"
        or not _is_one(host, hosts)
    ):
        raise RequestMalformed("key URL: not one that the provider's rule allows")


def choose_key(document: bytes, form: str, kid: str | None) -> bytes | None:
    """The octets of the key in the document; None when it has no key of this ``kid``.

    Forms: ``pem`` the document itself, ``jwks`` a key set, ``x509-map`` an object of
    certificates by ``kid``, ``json`` one with a member ``public_key`` or ``signing_key``.
    Raises: ConfigurationError when the document is of another form.
    """
    if form == "pem":
        return document
    try:
        parsed = json.loads(document)
    except ValueError as error:
        raise ConfigurationError("key URL: expected a JSON document") from error
    if not isinstance(parsed, Mapping):
        raise ConfigurationError("key URL: expected a JSON object")
    if form == "jwks":
        return _from_set(parsed, kid)
    name = kid if form == "x509-map" else "public_key"
    text = parsed.get(name or "")
    return text.encode() if isinstance(text, str) else None


def given_key(key: Key, kid: str | None) -> Key:
    """The key, narrowed to the ``kid`` where the secret holds a key set."""
    if kid is None or not key.octets.lstrip().startswith(b"{"):
        return key
    found = choose_key(key.octets, "jwks", kid)
    if found is None:
        raise SignatureMismatch("the key that the request names is not among the source's")
    return Key(found, key.values)


def key_of(attempt: Attempt, key: Key, parts: Parts, kid: str | None) -> Key:
    """The key that verifies: the secret's own, or the one to be fetched."""
    if key.octets:
        return given_key(key, kid)
    attempt.parts.values = parts.values
    return fetch_key(attempt, key, kid=kid)


def _from_set(document: Mapping[str, object], kid: str | None) -> bytes | None:
    keys = document.get("keys") if "keys" in document else [document]
    if not isinstance(keys, list):
        raise ConfigurationError('secret: expected a JWKS, {"keys": […]}')
    if kid is None:
        return json.dumps({"keys": keys}).encode()
    named = [one for one in keys if isinstance(one, Mapping) and one.get("kid") in (kid, None)]
    return json.dumps({"keys": named}).encode() if named else None


def _is_one(host: str, hosts: tuple[str, ...]) -> bool:
    if ".." in host or host.startswith((".", "-")) or host.endswith("."):
        return False
    return any(_matches(host, one) for one in hosts)


def _matches(host: str, rule: str) -> bool:
    """Exactly the rule; below it, where it starts with a dot; ``*`` stands for one label."""
    if rule.startswith("."):
        return host.endswith(rule)
    labels, expected = host.split("."), rule.split(".")
    return len(labels) == len(expected) and all(
        one in (label, "*") for label, one in zip(labels, expected, strict=True)
    )
