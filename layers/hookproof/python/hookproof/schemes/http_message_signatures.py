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
from hookproof.encodings import decode
from hookproof.errors import (
    ConfigurationError,
    SignatureMalformed,
    SignatureMismatch,
    SignatureMissing,
    TimestampInFuture,
    TimestampMalformed,
    TimestampMissing,
    TimestampTooOld,
    VerificationError,
)
from hookproof.key_sources import key_of
from hookproof.keys import Key
from hookproof.message_components import signature_base
from hookproof.messages import Request
from hookproof.scheme import Scheme
from hookproof.schemes import Attempt, Draft, Proof
from hookproof.structured_fields import (
    InnerList,
    parse_dictionary,
    parse_inner_list,
    unquote,
)
from hookproof.timestamps import check_fresh
from hookproof.values import frozen

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
    failure: VerificationError | None = None
    for labelled in signatures(request):
        try:
            message = signature_base(request, labelled.covered)
            _check_coverage(attempt, labelled, digest_holds)
            index = _matching(attempt, labelled, message)
            return _proof(attempt, labelled, index, digest_holds)
        except VerificationError as error:
            # A genuine one that is too old says more than one that is not genuine.
            if not isinstance(failure, TimestampTooOld | TimestampInFuture):
                failure = error
    raise failure or SignatureMissing("header:Signature: no signature")


def sign(draft: Draft) -> Request:
    """The request with Content-Digest, Signature-Input and Signature."""
    from hookproof.message_signing import sign_message

    return sign_message(draft)


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
    fault: ConfigurationError | None = None
    for index, key in attempt.keys:
        attempt.parts.values = key.values
        try:
            if _verified(attempt, key, (named,) if named else allowed, labelled, message):
                return index
        except ConfigurationError as error:
            fault = error
    # Which algorithm is named is the sender's choice; what the secret is, the operator's.
    if fault is not None and named is None:
        raise fault
    raise SignatureMismatch("header:Signature: none of the secrets made it")


def _verified(
    attempt: Attempt, key: Key, names: tuple[str, ...], labelled: Labelled, message: bytes
) -> bool:
    """Whether the key made it by one of the algorithms.

    Raises: ConfigurationError for a key that is for none of them, or that cannot be had.
    """
    try:
        chosen = key_of(attempt, key, attempt.parts, _kid(key, labelled))
    except SignatureMismatch:
        # Not the key that is named.
        return False
    fault: ConfigurationError | None = ConfigurationError(
        f"secret: expected a key for one of {', '.join(names)}"
    )
    for name in names:
        if serves(chosen, name):
            try:
                if get_algorithm(name).verify(chosen, message, [labelled.signature]):
                    return True
                fault = None
            except ConfigurationError:
                # It may be for another of the algorithms.
                continue
    if fault is not None:
        raise fault
    return False


def serves(key: Key, name: str) -> bool:
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
    missing = [name for name in texts_of(attempt.scheme, "require") if name not in covered]
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


def texts_of(scheme: Scheme, name: str) -> list[str]:
    """The option's texts. Raises: ConfigurationError."""
    value = scheme.options.get(name, [])
    if not isinstance(value, list):
        raise ConfigurationError(f"options.{name}: expected a list of texts")
    return [str(one) for one in value]
