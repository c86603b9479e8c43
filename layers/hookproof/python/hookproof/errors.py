"""The one family of exceptions, each with a stable ``code`` and an HTTP ``status``.

Whose fault it is decides the branch, and with it the status::

    HookproofError
    ├── VerificationError          the sender's doing: 401, 400, 404 or 413
    │   ├── SignatureMissing       signature_missing      401
    │   ├── SignatureMalformed     signature_malformed    400
    │   ├── SignatureMismatch      signature_mismatch     401
    │   ├── TimestampMissing       timestamp_missing      401
    │   ├── TimestampMalformed     timestamp_malformed    400
    │   ├── TimestampTooOld        timestamp_too_old      401
    │   ├── TimestampInFuture      timestamp_in_future    401
    │   ├── RequestMalformed       request_malformed      400
    │   ├── MethodNotAllowed       method_not_allowed     405
    │   ├── BodyTooLarge           body_too_large         413
    │   ├── UnknownProvider        unknown_provider       404
    │   └── UnknownSource          unknown_source         404
    ├── ConfigurationError         the operator's doing   503
    └── Unavailable                a dependency is down   503

``HookproofError`` itself is never raised. Messages name the place in the request and the
form that was expected; they never contain a secret, an expected signature or a body.
"""

from typing import ClassVar


class HookproofError(Exception):
    """Base of everything this library raises on purpose. Never raised directly."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 503


class VerificationError(HookproofError):
    """The request is not proven genuine and fresh. Catch this one; its subclasses say why."""

    code = "verification_failed"
    status = 401


class SignatureMissing(VerificationError):
    """The request holds no signature where the provider writes it."""

    code = "signature_missing"


class SignatureMalformed(VerificationError):
    """There is a signature, but not in the form in which the provider writes it."""

    code = "signature_malformed"
    status = 400


class SignatureMismatch(VerificationError):
    """The signature is well-formed, and no accepted secret explains it."""

    code = "signature_mismatch"


class TimestampMissing(VerificationError):
    """The provider signs a timestamp, and the request holds none."""

    code = "timestamp_missing"


class TimestampMalformed(VerificationError):
    """The timestamp is not in the provider's unit."""

    code = "timestamp_malformed"
    status = 400


class TimestampTooOld(VerificationError):
    """The signature is genuine, and older than the tolerance: a replay or a late delivery."""

    code = "timestamp_too_old"


class TimestampInFuture(VerificationError):
    """The signature is genuine, and from beyond the tolerance: one of the clocks is wrong."""

    code = "timestamp_in_future"


class RequestMalformed(VerificationError):
    """The request cannot be read: not an HTTP event, a broken body, a part that is missing."""

    code = "request_malformed"
    status = 400


class MethodNotAllowed(VerificationError):
    """The method is not one that a provider uses on this endpoint."""

    code = "method_not_allowed"
    status = 405


class BodyTooLarge(VerificationError):
    """The body is larger than what is accepted."""

    code = "body_too_large"
    status = 413


class UnknownProvider(VerificationError):
    """No provider of this name is in the catalogue."""

    code = "unknown_provider"
    status = 404


class UnknownSource(VerificationError):
    """No source, or no tenant of the source, has this name."""

    code = "unknown_source"
    status = 404


class ConfigurationError(HookproofError):
    """What the operator set cannot work: a secret, a scheme, a setting. The message names it."""

    code = "configuration"


class Unavailable(HookproofError):
    """Something this side depends on does not answer; the sender should try again.

    ``retry_after`` is the number of seconds after which that is worth while.
    """

    code = "unavailable"

    def __init__(self, message: str, *, retry_after: int = 30) -> None:
        super().__init__(message)
        self.retry_after = retry_after
