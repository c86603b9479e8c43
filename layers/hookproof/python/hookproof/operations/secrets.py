"""The sources' secrets in Secrets Manager: read, created, rotated, and removed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hookproof.errors import ConfigurationError
from hookproof.operations.account import code_of, explained
from hookproof.operations.deployment import Deployment
from hookproof.sources import SecretVersions, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A source's secret as it is stored: both versions, and when the current one came."""

    name: str
    current: str = field(repr=False)
    rotated_at: float
    previous: str | None = field(default=None, repr=False)
    previous_id: str | None = None

    def source(self, *, overlap: float) -> Source:
        """The source as the function would read it. Raises: ConfigurationError."""
        versions = SecretVersions(
            current=self.current, previous=self.previous, rotated_at=self.rotated_at
        )
        return Source.of(self.name, versions, overlap=overlap)

    def in_overlap(self, *, overlap: float, now: float) -> bool:
        """Whether the previous secret still counts."""
        return self.previous is not None and now <= self.rotated_at + overlap


class Secrets:
    """The secrets of one deployment, by source name."""

    def __init__(self, deployment: Deployment) -> None:
        self._client = deployment.client("secretsmanager")
        self._prefix = deployment.secret_prefix
        self._key = deployment.parameters.get("KmsKeyArn") or None

    def names(self) -> list[str]:
        """Every source, sorted."""
        found: list[str] = []
        with explained():
            pages = self._client.get_paginator("list_secrets").paginate(
                Filters=[{"Key": "name", "Values": [self._prefix]}]
            )
            for page in pages:
                found.extend(one["Name"] for one in page["SecretList"])
        # The filter takes prefixes of words too.
        return sorted(
            name.removeprefix(self._prefix) for name in found if name.startswith(self._prefix)
        )

    def get(self, name: str) -> Stored:
        """A source's secret. Raises: ConfigurationError when there is none of this name."""
        current = self._version(name, "AWSCURRENT")
        if current is None:
            raise ConfigurationError(f"no source {name!r}; `hookproof sources list` shows them")
        previous = self._version(name, "AWSPREVIOUS")
        return Stored(
            name=name,
            current=_text(current, name),
            rotated_at=current["CreatedDate"].timestamp(),
            previous=None if previous is None else _text(previous, name),
            previous_id=None if previous is None else previous["VersionId"],
        )

    def create(self, name: str, text: str) -> None:
        """Store a new source's secret. Raises: ConfigurationError when there is one."""
        key = {"KmsKeyId": self._key} if self._key else {}
        with explained():
            try:
                self._client.create_secret(
                    Name=self._prefix + name,
                    SecretString=text,
                    Description=f"Hookproof: the source {name}",
                    **key,
                )
            except self._client.exceptions.ClientError as error:
                if code_of(error) in ("ResourceExistsException", "InvalidRequestException"):
                    raise ConfigurationError(self._why_taken(name)) from error
                raise

    def put(self, name: str, text: str) -> None:
        """Make the text the current version; the one before it becomes the previous."""
        with explained():
            self._client.put_secret_value(SecretId=self._prefix + name, SecretString=text)

    def drop_previous(self, stored: Stored) -> None:
        """Take the previous version out of use."""
        with explained():
            self._client.update_secret_version_stage(
                SecretId=self._prefix + stored.name,
                VersionStage="AWSPREVIOUS",
                RemoveFromVersionId=stored.previous_id,
            )

    def remove(self, name: str, *, days: int) -> None:
        """Delete the secret; for so many days it can still be restored."""
        with explained():
            self._client.delete_secret(SecretId=self._prefix + name, RecoveryWindowInDays=days)

    def _why_taken(self, name: str) -> str:
        if self._client.describe_secret(SecretId=self._prefix + name).get("DeletedDate"):
            return (
                f"a source {name!r} was removed and can still be had back: aws secretsmanager"
                f" restore-secret --secret-id {self._prefix}{name}"
            )
        return f"there is a source {name!r}; `hookproof sources rotate {name}` changes its secret"

    def _version(self, name: str, stage: str) -> dict[str, Any] | None:
        with explained():
            try:
                found: dict[str, Any] = self._client.get_secret_value(
                    SecretId=self._prefix + name, VersionStage=stage
                )
            except self._client.exceptions.ClientError as error:
                if code_of(error) == "ResourceNotFoundException":
                    return None
                raise
        return found


def _text(version: dict[str, Any], name: str) -> str:
    text = version.get("SecretString")
    if text is None:
        try:
            text = version["SecretBinary"].decode()
        except (KeyError, UnicodeDecodeError):
            raise ConfigurationError(f"the secret of {name!r}: expected text") from None
    return str(text)
