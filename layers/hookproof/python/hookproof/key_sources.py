"""Public keys that must be fetched: which URL may be asked, and which key of the answer counts.

The core checks the URL against the rule in the provider's data, never trusting what the
request alone says; the edge fetches it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from hookproof.components import Parts
from hookproof.errors import (
    ConfigurationError,
    RequestMalformed,
    SignatureMismatch,
    SignatureMissing,
)
from hookproof.keys import Key
from hookproof.scheme import KeySource
from hookproof.schemes import Attempt

_MAX_URL = 512
# A label that ``*`` stands for is a region's name: ``sns.s3.amazonaws.com`` is a bucket's host.
_REGION = re.compile(r"[a-z]{2,3}(?:-[a-z]+){1,3}-[0-9]{1,2}")
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/%?=&+@:,")
_HOST = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-.")


def fetch_key(
    attempt: Attempt, key: Key, *, kid: str | None = None, refreshed: bool = False
) -> Key:
    """The public key that the provider publishes, by ``kid`` where it names several.

    An unknown ``kid`` is looked up once more, past the cache; ``refreshed`` begins there.
    Raises: RequestMalformed for a URL that the rule forbids, SignatureMismatch for an unknown
    key, ConfigurationError when nothing can be fetched here, Unavailable.
    """
    source = attempt.scheme.key_source
    if source is None or attempt.fetch is None:
        names = ", ".join(name.rstrip("?") for name in attempt.scheme.secret.names) or "secret"
        raise ConfigurationError(f"secret: a public key is needed and none is given ({names})")
    url = source_url(attempt)
    for refresh in (True,) if refreshed else (False, True):
        document = attempt.fetch(url, refresh)
        name = source.member if source.form == "json" else kid
        found = choose_key(document, source.form, name)
        if found is not None:
            return _checked(attempt, Key(found, key.values))
    raise SignatureMismatch("the key that the request names is not among the provider's")


def fetched_keys(attempt: Attempt, key: Key) -> Iterator[Key]:
    """The key that the request names; where it names none, all, and all again if one is new.

    Raises: as ``fetch_key``.
    """
    source = attempt.scheme.key_source
    if source is None or source.form != "jwks":
        yield fetch_key(attempt, key)
    elif source.kid is not None:
        kid = source.kid.read(attempt.parts)
        if not kid:
            raise SignatureMissing(f"{source.kid}: no name of a key")
        yield fetch_key(attempt, key, kid=kid.decode("utf-8", "replace"))
    else:
        first = fetch_key(attempt, key)
        yield first
        second = fetch_key(attempt, key, refreshed=True)
        if second.octets != first.octets:
            yield second


def _checked(attempt: Attempt, key: Key) -> Key:
    """The key, if it can be one at this time.

    Where the request says which document holds the key, what is wrong with it is the sender's
    doing. Raises: SignatureMismatch, ConfigurationError.
    """
    from hookproof.public_keys import check_usable

    source = attempt.scheme.key_source
    try:
        check_usable(key.octets, attempt.now)
    except ConfigurationError as error:
        if source is None or source.url.is_static:
            raise
        raise SignatureMismatch("the key that the request names is not one") from error
    return key


def source_url(attempt: Attempt) -> str:
    """The URL of the key, checked against the provider's rule. Raises: RequestMalformed."""
    source = attempt.scheme.key_source
    if source is None:
        raise ConfigurationError("key_source: none in the provider's file")
    url = source.url.render(attempt.parts).decode("latin-1")
    try:
        check_url(url, source.hosts)
        _check_path("/" + url.partition("://")[2].partition("/")[2], source)
    except RequestMalformed as error:
        if not source.url.is_static:
            raise
        # The secret alone says where: no sender can put that right.
        raise ConfigurationError(f"secret: {error}") from error
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
        or {"..", "."} & set(rest.split("/"))
        or not _is_one(host, hosts)
    ):
        raise RequestMalformed("key URL: not one that the provider's rule allows")


def _check_path(path: str, source: KeySource) -> None:
    if not path.startswith(source.path_prefix):
        raise RequestMalformed(f"key URL: expected a path that begins with {source.path_prefix}")
    if not path.endswith(source.path_suffix):
        raise RequestMalformed(f"key URL: expected a path that ends in {source.path_suffix}")
    # A query behind the path, or an escape in it, may ask for something else altogether.
    ruled = source.path_prefix or source.path_suffix
    if ruled and set(path) & set("?&%"):
        raise RequestMalformed("key URL: expected a path alone")


def choose_key(document: bytes, form: str, name: str | None) -> bytes | None:
    """The octets of the key in the document; None when it has no key of this name.

    Forms: ``pem`` the document itself, ``jwks`` a key set and ``x509-map`` an object of
    certificates, by the names of keys; ``json`` an object, by a pointer.
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
        return _from_set(parsed, name)
    steps = (name or "").split("/")[1:] if form == "json" else [name or ""]
    text: object = parsed
    for step in steps:
        text = text.get(step) if isinstance(text, Mapping) else None
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
    """Exactly the rule; below it, where it starts with a dot; ``*`` stands for a region."""
    if rule.startswith("."):
        return host.endswith(rule)
    labels, expected = host.split("."), rule.split(".")
    return len(labels) == len(expected) and all(
        one == label or (one == "*" and _REGION.fullmatch(label) is not None)
        for label, one in zip(labels, expected, strict=True)
    )
