"""The function's credentials: from the environment, or from the container endpoint (SnapStart)."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

from awscrt.auth import AwsCredentialsProvider
from awscrt.http import HttpHeaders, HttpRequest

from hookproof.aws.budget import Budget
from hookproof.aws.connections import Connections, ExchangeFailed
from hookproof.aws.endpoints import Endpoint
from hookproof.errors import ConfigurationError, Unavailable
from hookproof.values import frozen

_RELATIVE_HOST = "http://169.254.170.2"
# Plain http is for the machine itself and for the addresses of ECS and EKS.
# Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
_PLAIN_HOSTS = ("127.0.0.1", "localhost", "::1", "169.254.170.2", "169.254.170.23", "fd00:ec2::23")
_REFRESH_BEFORE = 300.0  # seconds of validity that a call should find at least
_LIMIT = 65_536


class Credentials(Protocol):
    """Gives what signs a request, and can be told to forget it."""

    def provider(self) -> AwsCredentialsProvider:
        """Return credentials that are valid now. Raises ConfigurationError or Unavailable."""

    def forget(self) -> None:
        """Fetch again at the next use, if they can be fetched."""


class EnvironmentCredentials:
    """The access key of ``AWS_ACCESS_KEY_ID`` and its companions, as Lambda sets them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        secret = environ.get("AWS_SECRET_ACCESS_KEY")
        if not secret:
            raise ConfigurationError("AWS_SECRET_ACCESS_KEY is missing beside AWS_ACCESS_KEY_ID")
        token = environ.get("AWS_SESSION_TOKEN") or None
        self._provider = AwsCredentialsProvider.new_static(
            environ["AWS_ACCESS_KEY_ID"], secret, token
        )

    def provider(self) -> AwsCredentialsProvider:
        """Return the same credentials each time: an environment ends before they expire."""
        return self._provider

    def forget(self) -> None:
        """Do nothing: there is no second place to ask."""


@frozen
class _Held:
    provider: AwsCredentialsProvider
    expires: float


class ContainerCredentials:
    """Credentials from the container endpoint, fetched again before they expire.

    ``environ`` is read at each fetch: after a snapshot is restored its token is a new one.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        connections: Connections,
        now: Callable[[], float],
        budget: Budget,
    ) -> None:
        self._environ = environ
        self._connections = connections
        self._now = now
        self._budget = budget
        self._held: _Held | None = None

    def provider(self) -> AwsCredentialsProvider:
        """Return valid credentials, the held ones while the endpoint fails and they last.

        Raises Unavailable when there are none, ConfigurationError when the endpoint is none.
        """
        held = self._held
        if held and self._now() < held.expires - _REFRESH_BEFORE:
            return held.provider
        try:
            self._held = held = self._fetch()
        except Unavailable:
            if held is None or self._now() >= held.expires:
                raise
        return held.provider

    def forget(self) -> None:
        """Drop what is held."""
        self._held = None

    def _fetch(self) -> _Held:
        endpoint = container_endpoint(self._environ)
        headers = [("Host", endpoint.authority), ("Accept", "application/json")]
        if token := _token(self._environ):
            headers.append(("Authorization", token))
        request = HttpRequest("GET", endpoint.prefix or "/", HttpHeaders(headers))
        timeout = min(1.0, self._budget.remaining())
        try:
            answer = self._connections.exchange(endpoint, request, timeout=timeout, limit=_LIMIT)
        except ExchangeFailed as failure:
            raise Unavailable(f"container credentials: {failure}") from None
        if not answer.succeeded:
            raise Unavailable(f"container credentials: status {answer.status}")
        return _read(answer.body)


def container_endpoint(environ: Mapping[str, str]) -> Endpoint:
    """Return the endpoint that the environment names. Raises ConfigurationError."""
    relative = environ.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
    full = environ.get("AWS_CONTAINER_CREDENTIALS_FULL_URI", "")
    url = _RELATIVE_HOST + relative if relative else full
    endpoint = Endpoint.of(url, name="AWS_CONTAINER_CREDENTIALS_FULL_URI")
    if not endpoint.secure and endpoint.host not in _PLAIN_HOSTS:
        raise ConfigurationError("AWS_CONTAINER_CREDENTIALS_FULL_URI: expected https")
    return endpoint


def _token(environ: Mapping[str, str]) -> str | None:
    path = environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
    if not path:
        return environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN")
    try:
        # Nothing else here needs pathlib, whose import takes longer than the file.
        with open(path, encoding="ascii") as file:  # noqa: PTH123
            return file.read().strip()
    except (OSError, UnicodeError):
        raise ConfigurationError(
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: the file cannot be read"
        ) from None


def _read(body: bytes) -> _Held:
    try:
        document = json.loads(body)
        expires = datetime.fromisoformat(document["Expiration"]).timestamp()
        provider = AwsCredentialsProvider.new_static(
            document["AccessKeyId"], document["SecretAccessKey"], document.get("Token")
        )
    except (ValueError, KeyError, TypeError, AssertionError, RecursionError):
        raise Unavailable("container credentials: the answer is not as documented") from None
    return _Held(provider=provider, expires=expires)


def credentials_of(
    environ: Mapping[str, str],
    *,
    connections: Connections,
    now: Callable[[], float],
    budget: Budget,
) -> Credentials:
    """Return the credentials that the environment offers, its access key first.

    Raises ConfigurationError when it offers none.
    """
    if environ.get("AWS_ACCESS_KEY_ID"):
        return EnvironmentCredentials(environ)
    names = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
    if any(environ.get(name) for name in names):
        return ContainerCredentials(environ, connections=connections, now=now, budget=budget)
    raise ConfigurationError(f"no credentials: set AWS_ACCESS_KEY_ID or {names[0]}")
