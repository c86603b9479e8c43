"""Chains of certificates like those of the App Store, made for one test."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from tests.crypto import keys

_BEGINS = datetime(2023, 1, 1, tzinfo=UTC)
_LEAF = x509.ObjectIdentifier("1.2.840.113635.100.6.11.1")
_INTERMEDIATE = x509.ObjectIdentifier("1.2.840.113635.100.6.2.1")


@dataclass(frozen=True, kw_only=True)
class Chain:
    """What is to be odd about the chain; as it stands it is a good one.

    Keys are numbered: the root's is 0, the intermediate's 1, the leaf's 2.
    """

    root_key: int = 0
    leaf_kind: str = "P-256"
    leaf_identifier: bool = True
    intermediate_identifier: bool = True
    authority: bool | None = True
    issuer_key: int = 1
    root_name: str = "Root"
    days: int = 1000

    def certificates(self) -> list[str]:
        """Leaf, intermediate and root, as x5c writes them."""
        root = self._made("Root", "Root", key=0, issuer_key=self.root_key, extensions=[True])
        marks = [_INTERMEDIATE] if self.intermediate_identifier else []
        intermediate = self._made(
            "Intermediate",
            self.root_name,
            key=1,
            issuer_key=self.root_key,
            extensions=[self.authority, *marks],
        )
        marks = [_LEAF] if self.leaf_identifier else []
        leaf = self._made(
            "Leaf",
            "Intermediate",
            key=2,
            issuer_key=self.issuer_key,
            extensions=[False, *marks],
            kind=self.leaf_kind,
        )
        return [leaf, intermediate, root]

    def _made(
        self,
        name: str,
        issuer: str,
        *,
        key: int,
        issuer_key: int,
        extensions: list[Any],
        kind: str = "P-256",
    ) -> str:
        builder = (
            x509.CertificateBuilder()
            .subject_name(_named(name))
            .issuer_name(_named(issuer))
            .public_key(keys.private(kind, key).public_key())
            .serial_number(1 + key)
            .not_valid_before(_BEGINS)
            .not_valid_after(_BEGINS + timedelta(days=self.days))
        )
        for one in extensions:
            builder = _extended(builder, one)
        made = builder.sign(keys.private("P-256", issuer_key), hashes.SHA256())
        return base64.b64encode(made.public_bytes(serialization.Encoding.DER)).decode()


def _extended(builder: x509.CertificateBuilder, one: Any) -> x509.CertificateBuilder:
    if one is None:
        return builder
    if isinstance(one, bool):
        basic = x509.BasicConstraints(ca=one, path_length=None)
        return builder.add_extension(basic, critical=True)
    return builder.add_extension(x509.UnrecognizedExtension(one, b"\x05\x00"), critical=False)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
