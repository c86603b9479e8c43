"""HTTP Message Signatures, with Content-Digest for the body. Source: RFC 9421, RFC 9530.

``options`` of a file, or of a scheme of one's own:

- ``require``: components that the signature must cover (``@method``, ``@target-uri`` …).
- ``require_digest``: whether a body must be covered by ``content-digest``, true by default.
- ``tag``: the tag that the signature must carry.

The algorithm is one of the file's; where the signature names one, both must agree.
"""

from __future__ import annotations

import hashlib
import hmac
import math

from hookproof.algorithms import get_algorithm
from hookproof.encodings import decode, encode
from hookproof.errors import (
    ConfigurationError,
    RequestMalformed,
    SignatureMalformed,
    SignatureMismatch,
    SignatureMissing,
    TimestampMalformed,
    TimestampMissing,
    TimestampTooOld,
)
from hookproof.key_sources import key_of
from hookproof.keys import Key
from hookproof.message_components import signature_base
from hookproof.messages import Headers, Request
from hookproof.scheme import Scheme
from hookproof.schemes import Attempt, Draft, Proof
from hookproof.structured_fields import (
    InnerList,
    parse_dictionary,
    parse_inner_list,
    unquote,
)
from hookproof.timestamps import check_fresh
from hookproof.values import frozen, replace

_MAX_LABELS = 8
_OPTIONS = frozenset({"require", "require_digest", "tag"})
_DIGESTS = {"sha-256": "sha256", "sha-512": "sha512"}


@frozen
class Labelled:
    """One signature of the message under its label."""

    covered: InnerList
    signature: bytes

    def parameter(self, name: str) -> str | None:
        """A parameter of the signature as plain text."""
        text = self.covered.parameters.get(name)
        return None if text is None else unquote(text)


def verify(attempt: Attempt) -> Proof:
    """The proof that one of the keys made one of the signatures. Raises: VerificationError."""
    request = attempt.parts.request
    digest_holds = check_digest(request)
    failure: Exception | None = None
    for labelled in signatures(request):
        try:
            message = signature_base(request, labelled.covered)
            _check_coverage(attempt, labelled, digest_holds)
            index = _matching(attempt, labelled, message)
            return _proof(attempt, labelled, index, digest_holds)
        except (SignatureMismatch, SignatureMalformed, RequestMalformed) as error:
            failure = error
    raise failure or SignatureMissing("header:Signature: no signature")


def sign(draft: Draft) -> Request:
    """The request with Content-Digest, Signature-Input and Signature."""
    digest = encode(hashlib.sha256(draft.request.body).digest(), ("base64",)).decode()
    request = _with(draft.request, "Content-Digest", f"sha-256=:{digest}:")
    covered = list(dict.fromkeys([*_texts(draft.scheme, "require"), "content-digest"]))
    names = " ".join(f'"{name}"' for name in covered)
    # Receivers look the key up by its id; one that knows a single key takes any.
    text = f'({names});created={int(draft.now)};keyid="hookproof"'
    if tag := draft.scheme.options.get("tag"):
        text += f';tag="{tag}"'
    message = signature_base(request, parse_inner_list(text))
    signature = _signed(draft, message)
    request = _with(request, "Signature-Input", f"sig={text}")
    return _with(request, "Signature", f"sig=:{encode(signature, ('base64',)).decode()}:")


def signatures(request: Request) -> tuple[Labelled, ...]:
    """Every signature of the message. Raises: SignatureMissing, SignatureMalformed."""
    written, inputs = request.headers.get("Signature"), request.headers.get("Signature-Input")
    if not written or not inputs:
        raise SignatureMissing("header:Signature and header:Signature-Input: no signature")
    try:
        by_label, covered = parse_dictionary(written), parse_dictionary(inputs)
        found = tuple(
            Labelled(covered=parse_inner_list(covered[label]), signature=_octets(by_label[label]))
            for label in by_label
            if label in covered
        )
    except ValueError as error:
        raise SignatureMalformed(
            "header:Signature: expected label=:base64:, and in Signature-Input label=(…)"
        ) from error
    if not 0 < len(found) <= _MAX_LABELS:
        raise SignatureMalformed(f"header:Signature: expected 1 to {_MAX_LABELS} labels")
    return found


def check_digest(request: Request) -> bool:
    """Whether a digest of the body is there and right. Source: RFC 9530 §2.

    Raises: SignatureMalformed for one that cannot be read, SignatureMismatch for another body's.
    """
    text = request.headers.get("Content-Digest")
    if text is None:
        return False
    try:
        members = parse_dictionary(text)
        known = {name: _octets(members[name]) for name in members if name in _DIGESTS}
    except ValueError as error:
        raise SignatureMalformed("header:Content-Digest: expected sha-256=:base64:") from error
    for name, expected in known.items():
        found = hashlib.new(_DIGESTS[name], request.body).digest()
        if not hmac.compare_digest(found, expected):
            raise SignatureMismatch("header:Content-Digest: not that of the body")
    return bool(known)


def _matching(attempt: Attempt, labelled: Labelled, message: bytes) -> int:
    named = labelled.parameter("alg")
    allowed = attempt.scheme.algorithm.names
    if named is not None and named not in allowed:
        raise SignatureMalformed(
            f"header:Signature-Input alg: expected one of {', '.join(allowed)}"
        )
    for index, key in attempt.keys:
        attempt.parts.values = key.values
        for name in (named,) if named else allowed:
            if _verified(attempt, key, name, labelled, message):
                return index
    raise SignatureMismatch("header:Signature: none of the secrets made it")


def _verified(attempt: Attempt, key: Key, name: str, labelled: Labelled, message: bytes) -> bool:
    try:
        chosen = key_of(attempt, key, attempt.parts, _kid(key, labelled))
        if not _serves(chosen, name):
            return False
        return get_algorithm(name).verify(chosen, message, [labelled.signature])
    except (ConfigurationError, SignatureMismatch):
        # The key is one for another of the file's algorithms, or not the one that is named.
        return False


def _signed(draft: Draft, message: bytes) -> bytes:
    """The signature by the first of the file's algorithms that the key is one for."""
    fault = ConfigurationError("secret: for none of the algorithms of the provider's file")
    for name in draft.scheme.algorithm.names:
        if _serves(draft.key, name):
            try:
                return get_algorithm(name).sign(draft.key, message)
            except ConfigurationError as error:
                fault = error
    raise fault


def _serves(key: Key, name: str) -> bool:
    """Whether the key's form is that of the algorithm: a public key is never a shared secret."""
    is_public_form = key.octets.lstrip().startswith((b"-----", b"{"))
    return is_public_form != name.startswith("hmac-")


def _kid(key: Key, labelled: Labelled) -> str | None:
    return labelled.parameter("keyid") if key.octets.lstrip().startswith(b"{") else None


def _check_coverage(attempt: Attempt, labelled: Labelled, digest_holds: bool) -> None:
    options = attempt.scheme.options
    if set(options) - _OPTIONS:
        raise ConfigurationError(f"options: expected only {', '.join(sorted(_OPTIONS))}")
    covered = {name for name, _, _ in labelled.covered.items}
    missing = [name for name in _texts(attempt.scheme, "require") if name not in covered]
    if missing:
        raise SignatureMismatch(f"header:Signature-Input: {missing[0]} must be covered")
    needs_digest = options.get("require_digest", True) and attempt.parts.request.body
    # A digest by an algorithm that is not known here says nothing of the body.
    if needs_digest and not (digest_holds and "content-digest" in covered):
        raise SignatureMismatch("header:Signature-Input: content-digest must be covered")
    if options.get("tag") not in (None, labelled.parameter("tag")):
        raise SignatureMismatch("header:Signature-Input: another tag than the source's")


def _proof(attempt: Attempt, labelled: Labelled, index: int, digest_holds: bool) -> Proof:
    created, expires = _seconds(labelled, "created"), _seconds(labelled, "expires")
    if attempt.tolerance is not None:
        if created is None:
            raise TimestampMissing("header:Signature-Input created: no timestamp")
        check_fresh(created, now=attempt.now, tolerance=attempt.tolerance)
    if expires is not None and attempt.now > expires and attempt.tolerance != math.inf:
        raise TimestampTooOld(f"signature: expired {attempt.now - expires:.0f} s ago")
    names = tuple(name for name, _, _ in labelled.covered.items)
    return Proof(
        secret_index=index,
        timestamp=created,
        signed=names,
        body_signed=digest_holds and "content-digest" in names,
    )


def _seconds(labelled: Labelled, name: str) -> float | None:
    # An integer of structured fields, not a text that looks like one.
    text = labelled.covered.parameters.get(name)
    try:
        return None if text is None else float(int(text))
    except ValueError as error:
        raise TimestampMalformed(f"Signature-Input {name}: expected whole seconds") from error


def _octets(text: str) -> bytes:
    bare = text.partition(";")[0]
    if not (bare.startswith(":") and bare.endswith(":") and len(bare) > 1):
        raise ValueError("not a byte sequence")
    return decode(bare[1:-1].encode("ascii"), ("base64",))


def _texts(scheme: Scheme, name: str) -> list[str]:
    value = scheme.options.get(name, [])
    if not isinstance(value, list):
        raise ConfigurationError(f"options.{name}: expected a list of texts")
    return [str(one) for one in value]


def _with(request: Request, name: str, value: str) -> Request:
    return replace(request, headers=Headers([*request.headers, (name, value)]))
