"""Account: boto3 clients by the usual credentials, and errors in plain words."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from hookproof.errors import ConfigurationError, Unavailable

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
# What the laptop stack takes; no real account has such a key.
_LAPTOP_KEY, _LAPTOP_REGION = "laptop", "us-east-1"
_CREDENTIALS = (
    "found no AWS credentials: name a --profile, set AWS_ACCESS_KEY_ID, or run `aws configure`"
)


class Account:
    """Where to find AWS. What is None is found as every AWS tool finds it."""

    def __init__(
        self,
        *,
        profile: str | None = None,
        region: str | None = None,
        endpoint_url: str | None = None,
    ) -> None:
        self._profile = profile
        self._region = region
        self._endpoint_url = endpoint_url
        self._session: Any = None
        self._clients: dict[tuple[str, str | None], Any] = {}

    def client(self, service: str, region: str | None = None) -> Any:
        """The boto3 client of a service. Raises: ConfigurationError."""
        if (service, region) not in self._clients:
            self._clients[service, region] = self._make(service, region)
        return self._clients[service, region]

    def _make(self, service: str, region: str | None) -> Any:
        if find_spec("boto3") is None:
            raise ConfigurationError("this needs boto3: pip install 'hookproof[cli]'")
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError

        config = Config(
            connect_timeout=5,
            read_timeout=30,
            retries={"mode": "standard", "total_max_attempts": 4},
            user_agent_extra="hookproof",
        )
        try:
            self._session = self._session or self._open(boto3)
            return self._session.client(
                service, region_name=region, endpoint_url=self._endpoint_url, config=config
            )
        except (BotoCoreError, ValueError) as error:
            raise ConfigurationError(str(error)) from error

    def _open(self, boto3: Any) -> Any:
        if self._profile is None and self._is_laptop():
            # Any key will do there, and the stack is in this region, whatever one's own is.
            return boto3.Session(
                aws_access_key_id=_LAPTOP_KEY,
                aws_secret_access_key=_LAPTOP_KEY,
                region_name=self._region or _LAPTOP_REGION,
            )
        session = boto3.Session(profile_name=self._profile, region_name=self._region)
        if session.get_credentials() is None:
            raise ConfigurationError(_CREDENTIALS)
        if not session.region_name:
            raise ConfigurationError("expected --region R or AWS_REGION: no region is configured")
        return session

    def _is_laptop(self) -> bool:
        url = self._endpoint_url or os.environ.get("AWS_ENDPOINT_URL") or ""
        return urlsplit(url).hostname in _LOOPBACK


@contextmanager
def explained() -> Iterator[None]:
    """Turn boto3's exceptions into the library's own: whose fault it is, in one line."""
    from botocore import exceptions

    try:
        yield
    except exceptions.ClientError as error:
        raise ConfigurationError(_said(error)) from error
    except (exceptions.ConnectionError, exceptions.HTTPClientError) as error:
        raise Unavailable(f"AWS does not answer: {error}") from error
    except exceptions.BotoCoreError as error:
        raise ConfigurationError(str(error)) from error


def code_of(error: Exception) -> str:
    """The service's name for what went wrong; empty when it is no answer of a service."""
    response = getattr(error, "response", None)
    code = response.get("Error", {}).get("Code", "") if isinstance(response, dict) else ""
    return str(code).rpartition("#")[2]


def _said(error: Any) -> str:
    message = error.response.get("Error", {}).get("Message") or "no reason given"
    return f"{error.operation_name}: {code_of(error)}: {message}"
