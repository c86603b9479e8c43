"""Calls: what a delivery needs of AWS, whoever makes the calls."""

from collections.abc import Mapping
from typing import Any, Protocol


class Calls(Protocol):
    """The function makes them through ``Client``, an operator's machine through boto3."""

    def json(
        self,
        service: str,
        target: str,
        payload: Mapping[str, Any],
        *,
        region: str | None = None,
        hurry: bool = False,
    ) -> dict[str, Any]:
        """Call ``target`` of a JSON-protocol service; ``hurry`` tries once.

        Raises Unavailable, Refused or NotFound.
        """

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
