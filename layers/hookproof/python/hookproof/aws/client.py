"""Signed calls to AWS: the JSON protocols and S3's PutObject, with bounded, jittered retries.

Every call ends within the delivery's budget, in an answer, ``Unavailable`` (try again later) or
``Refused`` (someone must act).
"""

import json
import os
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from awscrt.auth import AwsSignedBodyHeaderType, AwsSigningConfig, aws_sign_request
from awscrt.http import HttpHeaders, HttpRequest

from hookproof.aws.budget import Budget
from hookproof.aws.connections import Answer, Connections, ExchangeFailed, Octets
from hookproof.aws.credentials import Credentials
from hookproof.aws.endpoints import Endpoint, Endpoints
from hookproof.aws.service_errors import CredentialsExpired, Refused, TransientFailure, check
from hookproof.errors import Unavailable
from hookproof.values import field, frozen, replace

_ANSWER_LIMIT = 4 * 1024 * 1024
# Made once, for UTF-8: loads() first looks for other encodings.
_decode = json.JSONDecoder().decode
_UPLOAD_RATE = 4 * 1024 * 1024  # bytes a second that even a small function sends


@frozen
class Pace:
    """How often and how fast to try: full jitter up to ``base * 2**n`` seconds, at most ``cap``.

    ``now`` is the time that requests are signed with; ``jitter`` gives a number from 0 to 1.
    Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    """

    now: Callable[[], float]
    sleep: Callable[[float], None]
    jitter: Callable[[], float]
    attempts: int = 3
    base: float = 0.05
    cap: float = 0.5

    @classmethod
    def of_system(cls) -> "Pace":
        """Return the pace of this machine's clock and randomness.

        The system's randomness: Python's own repeats itself in every restored snapshot.
        """
        jitter = lambda: int.from_bytes(os.urandom(4)) / 2**32  # noqa: E731
        return cls(now=time.time, sleep=time.sleep, jitter=jitter)

    answer_timeout: float = 1.0


@frozen
class _Call:
    service: str
    what: str
    endpoint: Endpoint
    region: str
    attempts: int
    method: str = "POST"
    path: str = "/"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = field(default=b"", repr=False)
    answers_json: bool = True


class Client:
    """Makes signed calls, one at a time, on kept connections."""

    def __init__(
        self,
        *,
        endpoints: Endpoints,
        connections: Connections,
        credentials: Credentials,
        budget: Budget,
        pace: Pace,
    ) -> None:
        self._endpoints = endpoints
        self._connections = connections
        self._credentials = credentials
        self._budget = budget
        self._pace = pace

    def open(self, service: str) -> None:
        """Begin to connect to the service ahead of the first call."""
        self._connections.open(self._endpoints.of(service))

    def forget(self) -> None:
        """Drop connections and credentials: a restored snapshot has neither."""
        self._connections.drop()
        self._credentials.forget()

    def hurried(self, seconds: float) -> "Client":
        """Return a client that tries once, and takes so many seconds of the budget at most."""
        return Client(
            endpoints=self._endpoints,
            connections=self._connections,
            credentials=self._credentials,
            budget=self._budget.share(seconds),
            pace=replace(self._pace, attempts=1),
        )

    def json(
        self,
        service: str,
        target: str,
        payload: Mapping[str, Any],
        *,
        region: str | None = None,
        hurry: bool = False,
    ) -> dict[str, Any]:
        """Call ``target`` (``AmazonSQS.SendMessage``) of a JSON-protocol service.

        ``hurry`` tries once: for what can be done without, if need be.
        Raises Unavailable, Refused or NotFound. Source: AWS JSON 1.0 and 1.1 protocols, Smithy.
        """
        region = region or self._endpoints.region
        version = "1.1" if service == "secretsmanager" else "1.0"
        call = _Call(
            service=service,
            what=target,
            endpoint=self._endpoints.of(service, region),
            region=region,
            headers=(
                ("Content-Type", f"application/x-amz-json-{version}"),
                ("X-Amz-Target", target),
            ),
            body=json.dumps(payload).encode(),
            attempts=1 if hurry else self._pace.attempts,
        )
        return self._perform(call)

    def put_object(
        self,
        bucket: str,
        key: str,
        body: bytes,
        *,
        content_type: str,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Write an object to S3; ``key`` is of letters, digits and ``/ - _ .``.

        Raises Unavailable or Refused.
        """
        endpoint = self._endpoints.of("s3")
        path = f"/{key}"
        if self._endpoints.is_custom("s3") or "." in bucket:
            path = f"/{bucket}/{key}"
        else:
            endpoint = Endpoint(secure=True, host=f"{bucket}.{endpoint.host}", port=443)
        call = _Call(
            service="s3",
            what="S3.PutObject",
            endpoint=endpoint,
            region=self._endpoints.region,
            method="PUT",
            path=path,
            headers=(("Content-Type", content_type), *(headers or {}).items()),
            body=body,
            attempts=self._pace.attempts,
            answers_json=False,
        )
        self._perform(call)

    def _perform(self, call: _Call) -> dict[str, Any]:
        tried = 0
        while True:
            try:
                answer = self._exchange(call)
                check(answer, call.what)
                return _document(answer) if call.answers_json else {}
            except CredentialsExpired as failure:
                self._credentials.forget()
                last: Exception = failure
            except ExchangeFailed as failure:
                last = failure
                # An idle connection that had died says nothing about the service.
                tried -= failure.reused
            except TransientFailure as failure:
                last = failure
            tried += 1
            if tried >= call.attempts or not self._wait(tried):
                break
        if isinstance(last, CredentialsExpired):
            raise Refused(str(last))
        raise Unavailable(f"{call.what}: {last}" if isinstance(last, ExchangeFailed) else str(last))

    def _wait(self, tried: int) -> bool:
        longest = min(self._pace.cap, self._pace.base * 2**tried) if tried else 0.0
        delay = longest * self._pace.jitter()
        if self._budget.remaining() <= delay:
            return False
        self._pace.sleep(delay)
        return True

    def _exchange(self, call: _Call) -> Answer:
        timeout = self._pace.answer_timeout + len(call.body) / _UPLOAD_RATE
        timeout = min(timeout, self._budget.remaining())
        if timeout <= 0:
            raise Unavailable(f"{call.what}: the time for this delivery is used up")
        return self._connections.exchange(
            call.endpoint, self._signed(call), timeout=timeout, limit=_ANSWER_LIMIT
        )

    def _signed(self, call: _Call) -> HttpRequest:
        headers = [
            ("Host", call.endpoint.authority),
            ("Content-Length", str(len(call.body))),
            ("User-Agent", "hookproof awscrt"),
            *call.headers,
        ]
        request = HttpRequest(
            call.method,
            call.endpoint.prefix + call.path,
            HttpHeaders(headers),
            Octets(call.body),
        )
        is_s3 = call.service == "s3"
        header = AwsSignedBodyHeaderType
        config = AwsSigningConfig(
            credentials_provider=self._credentials.provider(),
            region=call.region,
            service=call.service,
            date=datetime.fromtimestamp(self._pace.now(), UTC),
            use_double_uri_encode=not is_s3,
            should_normalize_uri_path=not is_s3,
            signed_body_header_type=header.X_AMZ_CONTENT_SHA_256 if is_s3 else header.NONE,
        )
        signed: HttpRequest = aws_sign_request(request, config).result()
        return signed


def _document(answer: Answer) -> dict[str, Any]:
    try:
        document = _decode(answer.body.decode())
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise TransientFailure("the service's answer is not a JSON object")
    return document
