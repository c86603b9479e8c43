"""A source's secret from Secrets Manager: AWSCURRENT, and AWSPREVIOUS while it still counts."""

from base64 import b64decode
from collections.abc import Callable
from typing import Any

from hookproof.aws.calls import Calls
from hookproof.aws.service_errors import NotFound
from hookproof.errors import ConfigurationError, UnknownSource
from hookproof.sources import SecretVersions

_TARGET = "secretsmanager.GetSecretValue"


class SecretStore:
    """Reads the secrets whose names begin with ``prefix``.

    ``overlap``: seconds after a rotation for which the previous value counts; only then is it
    fetched, so that usually one call does.
    """

    def __init__(
        self, client: Calls, *, prefix: str, overlap: float, now: Callable[[], float]
    ) -> None:
        self._client = client
        self._prefix = prefix
        self._overlap = overlap
        self._now = now

    def fetch(self, source: str, hurry: bool) -> SecretVersions:
        """Return the versions of a source's secret; ``hurry`` tries once, for a shorter time.

        Raises UnknownSource, ConfigurationError or Unavailable.
        """
        name = self._prefix + source
        try:
            current = self._get(name, "AWSCURRENT", hurry)
        except NotFound as error:
            if "staging label" in str(error):
                raise ConfigurationError(f"the secret {name} has no value yet") from None
            raise UnknownSource("there is no source of this name") from None
        rotated_at = _created(current)
        previous = None
        if rotated_at is not None and self._now() < rotated_at + self._overlap:
            previous = self._previous(name, hurry)
        return SecretVersions(
            current=_text(current, name), previous=previous, rotated_at=rotated_at
        )

    def _previous(self, name: str, hurry: bool) -> str | None:
        # Any other failure is the whole fetch's: without the previous value, deliveries that
        # are still signed with it would be refused for good.
        try:
            return _text(self._get(name, "AWSPREVIOUS", hurry), name)
        except NotFound:
            return None

    def _get(self, name: str, stage: str, hurry: bool) -> dict[str, Any]:
        payload = {"SecretId": name, "VersionStage": stage}
        return self._client.json("secretsmanager", _TARGET, payload, hurry=hurry)


def _created(answer: dict[str, Any]) -> float | None:
    created = answer.get("CreatedDate")
    return float(created) if isinstance(created, int | float) else None


def _text(answer: dict[str, Any], name: str) -> str:
    text = answer.get("SecretString")
    if isinstance(text, str):
        return text
    try:
        return b64decode(answer["SecretBinary"], validate=True).decode("utf-8")
    except (KeyError, TypeError, ValueError):
        raise ConfigurationError(f"the secret {name}: expected text") from None
