"""The function's calls to AWS by boto3: so that a release goes the very way of a delivery.

Where the function signs its own calls, an operator's machine has profiles, sign-on and proxies,
which boto3 knows.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hookproof.aws.service_errors import NotFound, Refused
from hookproof.errors import Unavailable
from hookproof.operations.account import Account, code_of

_NOT_FOUND = frozenset({"ResourceNotFoundException"})
_SERVER_FAULT = 500


class AwsCalls:
    """Does what ``hookproof.aws.client.Client`` does, as far as a delivery needs it."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def json(
        self,
        service: str,
        target: str,
        payload: Mapping[str, Any],
        *,
        region: str | None = None,
        hurry: bool = False,
    ) -> dict[str, Any]:
        """Call ``target``; ``hurry`` changes nothing. Raises Unavailable, Refused or NotFound."""
        del hurry
        from botocore import xform_name

        method = getattr(
            self._account.client(service, region), xform_name(target.rpartition(".")[2])
        )
        return _plain(self._call(method, target, payload))

    def put_object(
        self,
        bucket: str,
        key: str,
        body: bytes,
        *,
        content_type: str,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Write an object to S3. Raises Unavailable or Refused."""
        assert not headers  # noqa: S101 - only the quarantine itself has any
        method = self._account.client("s3").put_object
        payload = {"Bucket": bucket, "Key": key, "Body": body, "ContentType": content_type}
        self._call(method, "S3.PutObject", payload)

    def _call(self, method: Any, what: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer: dict[str, Any] = method(**payload)
        except ClientError as error:
            text = f"{what}: {code_of(error)}: {error.response['Error'].get('Message', '')}"
            if code_of(error) in _NOT_FOUND:
                raise NotFound(text, service_code=code_of(error)) from error
            if error.response["ResponseMetadata"].get("HTTPStatusCode", 0) >= _SERVER_FAULT:
                raise Unavailable(text) from error
            raise Refused(text, service_code=code_of(error)) from error
        except BotoCoreError as error:
            raise Unavailable(f"{what}: {error}") from error
        return answer


def _plain(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The answer as it stands in JSON."""
    return {name: _json(value) for name, value in answer.items()}


def _json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.timestamp()
    return b64encode(value).decode() if isinstance(value, bytes) else value
