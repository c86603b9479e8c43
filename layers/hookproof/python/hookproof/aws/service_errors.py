"""What a service's refusal means: try again, someone must act, or there is no such thing."""

import json
import re

from hookproof.aws.connections import Answer
from hookproof.errors import ConfigurationError

# Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html and the
# services' lists of errors (SQS names KMS's throttling in its own way).
_TRANSIENT = frozenset(
    {
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "InternalServiceError",
        "InternalServiceErrorException",
        "KMS.ThrottlingException",
        "KmsThrottled",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceUnavailable",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
_TRANSIENT_STATUS = frozenset({408, 425, 429, *range(500, 600)})
# Compiled when S3 first refuses something.
_XML_CODE = rb"<Code>([A-Za-z0-9.]{1,100})</Code>"
_XML_MESSAGE = rb"<Message>([^<]{1,300})</Message>"


class TransientFailure(Exception):
    """The service may answer next time."""


class CredentialsExpired(Exception):
    """The service no longer takes the credentials: fresh ones may help."""


class Refused(ConfigurationError):
    """The service says no, and will say so again; ``service_code`` is its name for the reason."""

    def __init__(self, message: str, *, service_code: str = "") -> None:
        super().__init__(message)
        self.service_code = service_code


class NotFound(Refused):
    """The service has no thing of this name."""


def check(answer: Answer, what: str) -> None:
    """Return when the call succeeded; ``what`` is how messages name it.

    Raises TransientFailure, CredentialsExpired, NotFound or Refused.
    """
    if answer.succeeded:
        return
    code, message = _reason(answer)
    text = f"{what}: {code or answer.status}{': ' + message if message else ''}"
    if answer.status in _TRANSIENT_STATUS or code in _TRANSIENT:
        raise TransientFailure(text)
    if code in _EXPIRED:
        raise CredentialsExpired(text)
    if code == "ResourceNotFoundException":
        raise NotFound(text, service_code=code)
    raise Refused(text, service_code=code)


def _reason(answer: Answer) -> tuple[str, str]:
    if answer.body.lstrip()[:1] == b"<":
        code, message = re.search(_XML_CODE, answer.body), re.search(_XML_MESSAGE, answer.body)
        return (
            code[1].decode() if code else "",
            message[1].decode("utf-8", "replace") if message else "",
        )
    try:
        document = json.loads(answer.body or b"{}")
    except (ValueError, RecursionError):
        document = {}
    if not isinstance(document, dict):
        document = {}
    code_text = str(document.get("__type") or answer.headers.get("x-amzn-errortype", ""))
    message_text = str(document.get("message") or document.get("Message") or "")
    # "com.amazonaws.sqs#QueueDoesNotExist" and "QueueDoesNotExist:http://…" are both in use.
    return code_text.partition(":")[0].rpartition("#")[2][:100], message_text[:300]
