"""Where a service answers: the regional host, or the address that the environment sets."""

import re
from collections.abc import Mapping

from hookproof.errors import ConfigurationError
from hookproof.values import frozen

# Source: https://docs.aws.amazon.com/general/latest/gr/rande.html (partitions).
_DOMAINS = (
    ("cn-", "amazonaws.com.cn"),
    ("us-isob-", "sc2s.sgov.gov"),
    ("us-iso-", "c2s.ic.gov"),
    ("eusc-", "amazonaws.eu"),
)
_PORTS = {"http": 80, "https": 443}
_LAST_PORT = 65_535
# Scheme, host or address in brackets, port, path. Compiled when a URL is first read; the import of
# urllib.parse, with ipaddress, takes ten times as long.
_URL = (
    r"(?ai:(https?)://(?:([a-z0-9._-]+)|\[([0-9a-f:.]+)\])(?::([0-9]{0,5}))?)"
    r"(/[^?#\s]*)?(?:[?#]\S*)?"
)


@frozen
class Endpoint:
    """One server: how to reach it, and the path in front of every call."""

    secure: bool
    host: str
    port: int
    prefix: str = ""

    @property
    def authority(self) -> str:
        """The ``Host`` field: the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = _PORTS["https" if self.secure else "http"]
        return host if self.port == usual else f"{host}:{self.port}"

    @classmethod
    def of(cls, url: str, *, name: str) -> "Endpoint":
        """Read an absolute http(s) URL; ``name`` is what a complaint about it names.

        Raises ConfigurationError when it is none.
        """
        found = re.fullmatch(_URL, url)
        if found is None or int(found[4] or 0) > _LAST_PORT:
            raise ConfigurationError(f"{name}: expected http(s)://host[:port]")
        scheme = found[1].lower()
        return cls(
            secure=scheme == "https",
            host=(found[2] or found[3]).lower(),
            port=int(found[4] or 0) or _PORTS[scheme],
            prefix=(found[5] or "").rstrip("/"),
        )


class Endpoints:
    """Finds each service's endpoint. ``overrides`` maps a service, or ``*``, to a URL.

    Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
    """

    def __init__(self, region: str, overrides: Mapping[str, str]) -> None:
        self.region = region
        self._overrides = {
            service: Endpoint.of(url, name=f"endpoint of {service}")
            for service, url in overrides.items()
        }
        self._regional: dict[tuple[str, str], Endpoint] = {}

    def is_custom(self, service: str) -> bool:
        """Whether the environment sets the service's address."""
        return service in self._overrides or "*" in self._overrides

    def of(self, service: str, region: str | None = None) -> Endpoint:
        """Return the endpoint of ``service``, the name that its requests are signed with."""
        region = region or self.region
        override = self._overrides.get(service) or self._overrides.get("*")
        if override:
            return override
        known = self._regional.get((service, region))
        if known is None:
            known = self._regional[service, region] = _regional(service, region)
        return known


def _regional(service: str, region: str) -> Endpoint:
    domain = next((d for prefix, d in _DOMAINS if region.startswith(prefix)), "amazonaws.com")
    return Endpoint(secure=True, host=f"{service}.{region}.{domain}", port=443)
