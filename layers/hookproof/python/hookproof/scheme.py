"""Scheme and its parts: one way in which a provider signs, as frozen values read from JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from hookproof.algorithms import ASYMMETRIC, NAMES, Algorithm, get_algorithm
from hookproof.components import Component, parse_component
from hookproof.document import Fields, mapping
from hookproof.encodings import check_encodings
from hookproof.errors import ConfigurationError
from hookproof.keys import SecretForm
from hookproof.signature_base import SignatureBase
from hookproof.signature_field import SignatureField
from hookproof.template import Template
from hookproof.timestamps import UNITS
from hookproof.values import field, frozen

DEFAULT_TOLERANCE = 300
SCHEME_KEYS = (
    "scheme",
    "signature",
    "signature_base",
    "timestamp",
    "secret",
    "algorithm",
    "body_digest",
    "key_source",
    "options",
)


@frozen
class Timestamp:
    """Where the time of signing stands, its unit, and how far from now it may be.

    ``tolerance`` None: informational, or the event's own time; freshness is not judged.
    """

    place: Component
    unit: str = "s"
    tolerance: float | None = DEFAULT_TOLERANCE
    required: bool = True

    @classmethod
    def from_json(cls, document: object) -> Timestamp:
        """The timestamp that the object describes. Raises: ConfigurationError."""
        fields = Fields(document, "timestamp")
        timestamp = cls(
            place=parse_component(fields.text("in"), "timestamp.in"),
            unit=fields.choice("unit", UNITS, "s"),
            tolerance=fields.number("tolerance", DEFAULT_TOLERANCE),
            required=fields.flag("required", default=True),
        )
        fields.done()
        return timestamp


@frozen
class AlgorithmChoice:
    """One algorithm; a list out of which a token names one; or one that the request names.

    Whatever the request names, only what the provider's file allows is ever used.
    """

    names: tuple[str, ...]
    place: Component | None = None
    named: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_asymmetric(self) -> bool:
        """Whether key pairs sign; never some of each kind."""
        return any(name in ASYMMETRIC for name in (*self.names, *self.named.values()))

    @cached_property
    def fixed(self) -> Algorithm | None:
        """The algorithm of every request; None where the request names it."""
        return get_algorithm(self.names[0]) if self.place is None else None

    @classmethod
    def from_json(cls, document: object) -> AlgorithmChoice:
        """A name, a list of names, or ``{"in", "allowed": {written: name}, "default"}``.

        Raises: ConfigurationError.
        """
        if not isinstance(document, Mapping):
            names = Fields({"algorithm": document}, "").texts("algorithm")
            return cls(names=_algorithms(names))
        fields = Fields(document, "algorithm")
        allowed = fields.texts_by_name("allowed")
        choice = cls(
            place=parse_component(fields.text("in"), "algorithm.in"),
            named=dict(zip(allowed, _algorithms(allowed.values()), strict=True)),
            names=_algorithms(fields.texts("default")),
        )
        fields.done()
        _algorithms((*choice.named.values(), *choice.names))
        return choice


@frozen
class BodyDigest:
    """A digest of the body that stands in what is signed, and so covers the body."""

    place: Component
    hash: str
    encodings: tuple[str, ...]
    required: bool

    @classmethod
    def from_json(cls, document: object) -> BodyDigest:
        """The digest that the object describes. Raises: ConfigurationError."""
        fields = Fields(document, "body_digest")
        digest = cls(
            place=parse_component(fields.text("in"), "body_digest.in"),
            hash=fields.choice(
                "algorithm", ("md5", "sha1", "sha256", "sha384", "sha512"), "sha256"
            ),
            encodings=check_encodings(fields.texts("encoding", ("hex",)), "body_digest.encoding"),
            required=fields.flag("required", default=True),
        )
        fields.done()
        return digest


@frozen
class KeySource:
    """Where a public key is fetched when the secret holds none, and the rule for its URL.

    ``url`` is a template; scheme https, host exactly one of ``hosts`` or below one that
    starts with a dot; the path begins with ``path_prefix`` and ends in ``path_suffix``.
    ``kid``: where the request names one of several keys; a token's header does so itself.
    ``member``: pointer to the key in a document of the form ``json``.
    """

    url: Template
    hosts: tuple[str, ...]
    path_prefix: str
    path_suffix: str
    form: str
    kid: Component | None
    member: str

    @classmethod
    def from_json(cls, document: object) -> KeySource:
        """The source that the object describes. Raises: ConfigurationError."""
        fields = Fields(document, "key_source")
        source = cls(
            url=Template.parse(fields.text("url"), "key_source.url"),
            hosts=fields.texts("hosts"),
            path_prefix=fields.text("path_prefix", ""),
            path_suffix=fields.text("path_suffix", ""),
            form=fields.choice("form", ("pem", "jwks", "x509-map", "json"), "pem"),
            kid=parse_component(fields.text("kid"), "key_source.kid")
            if fields.has("kid")
            else None,
            member=fields.text("member", "/public_key"),
        )
        fields.done()
        return source


@frozen
class Scheme:
    """One way in which a provider signs."""

    module: str
    signature: SignatureField
    base: SignatureBase | None
    timestamp: Timestamp | None
    secret: SecretForm
    algorithm: AlgorithmChoice
    body_digest: BodyDigest | None
    key_source: KeySource | None
    options: Mapping[str, object]

    @classmethod
    def from_json(cls, document: Mapping[str, object]) -> Scheme:
        """The scheme that the object describes. Raises: ConfigurationError naming the key."""
        fields = Fields(document, "")
        scheme = cls(
            module=fields.text("scheme", "signed"),
            signature=SignatureField.from_json(fields.take("signature")),
            base=SignatureBase.from_json(fields.take("signature_base"))
            if fields.has("signature_base")
            else None,
            timestamp=Timestamp.from_json(fields.take("timestamp"))
            if fields.has("timestamp")
            else None,
            secret=SecretForm.from_json(fields.take("secret")),
            algorithm=AlgorithmChoice.from_json(fields.take("algorithm")),
            body_digest=BodyDigest.from_json(fields.take("body_digest"))
            if fields.has("body_digest")
            else None,
            key_source=KeySource.from_json(fields.take("key_source"))
            if fields.has("key_source")
            else None,
            options=mapping(fields.take("options"), "options"),
        )
        fields.done()
        return scheme


def _algorithms(names: Iterable[str]) -> tuple[str, ...]:
    several = tuple(names)
    for name in several:
        if name not in NAMES:
            known = ", ".join(NAMES)
            raise ConfigurationError(f"algorithm: expected one of {known}; found {name!r}")
    # Or whoever knows a public key could choose to use it as the shared secret.
    if len({name in ASYMMETRIC for name in several}) > 1:
        raise ConfigurationError("algorithm: shared secrets and key pairs go in separate variants")
    return several
