"""The function's settings, read once from the environment and checked by name."""

from collections.abc import Mapping

from hookproof.errors import ConfigurationError
from hookproof.values import field, frozen

_SERVICES = {
    "AWS_ENDPOINT_URL": "*",
    "AWS_ENDPOINT_URL_SECRETS_MANAGER": "secretsmanager",
    "AWS_ENDPOINT_URL_SQS": "sqs",
    "AWS_ENDPOINT_URL_S3": "s3",
    "AWS_ENDPOINT_URL_DYNAMODB": "dynamodb",
}
_DAY = 86_400.0


@frozen
class Settings:
    """What the operator may set; each field names its variable in upper case. Times in seconds."""

    region: str
    queue_url: str
    bucket: str | None = None
    secret_prefix: str = "hookproof/"  # noqa: S105 - names of secrets begin with it
    secret_max_age: float = 300.0
    secret_refresh_seconds: float = 10.0
    stale_seconds: float = _DAY
    previous_secret_seconds: float = _DAY
    deduplication_table: str | None = None
    deduplication_seconds: float = 7 * _DAY
    quarantine_bucket: str | None = None
    quarantine_per_minute: int = 60
    delivery_seconds: float = 2.5
    prefetch_sources: tuple[str, ...] = ()
    ca_bundle: str | None = None
    plain_http_keys: bool = False
    endpoints: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "Settings":
        """Read the variables of a Lambda function.

        Raises ConfigurationError naming the variable that is missing or cannot be read.
        """
        region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")
        if not region:
            raise ConfigurationError("AWS_REGION is not set")
        return cls(
            region=region,
            queue_url=_required(environ, "QUEUE_URL"),
            bucket=environ.get("BUCKET") or None,
            secret_prefix=environ.get("SECRET_PREFIX", "hookproof/"),
            secret_max_age=_number(environ, "SECRET_MAX_AGE", 300.0),
            secret_refresh_seconds=_number(environ, "SECRET_REFRESH_SECONDS", 10.0),
            stale_seconds=_number(environ, "STALE_SECONDS", _DAY),
            previous_secret_seconds=_number(environ, "PREVIOUS_SECRET_SECONDS", _DAY),
            deduplication_table=environ.get("DEDUPLICATION_TABLE") or None,
            deduplication_seconds=_number(environ, "DEDUPLICATION_SECONDS", 7 * _DAY),
            quarantine_bucket=environ.get("QUARANTINE_BUCKET") or None,
            quarantine_per_minute=int(_number(environ, "QUARANTINE_PER_MINUTE", 60)),
            delivery_seconds=_number(environ, "DELIVERY_SECONDS", 2.5),
            prefetch_sources=tuple(environ.get("PREFETCH_SOURCES", "").replace(",", " ").split()),
            ca_bundle=environ.get("AWS_CA_BUNDLE") or None,
            plain_http_keys=_flag(environ, "HOOKPROOF_PLAIN_HTTP_KEYS"),
            endpoints=_endpoints(environ),
        )


def _required(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name)
    if not value:
        raise ConfigurationError(f"{name} is not set")
    return value


def _number(environ: Mapping[str, str], name: str, default: float) -> float:
    text = environ.get(name)
    if not text:
        return default
    # isdecimal() alone would take digits of every script.
    if not (text.isascii() and text.replace(".", "", 1).isdecimal()):
        raise ConfigurationError(f"{name}: expected a number")
    return float(text)


def _flag(environ: Mapping[str, str], name: str) -> bool:
    text = environ.get(name, "").lower()
    if text not in {"", "true", "false"}:
        raise ConfigurationError(f"{name}: expected true or false")
    return text == "true"


def _endpoints(environ: Mapping[str, str]) -> dict[str, str]:
    if _flag(environ, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"):
        return {}
    return {service: environ[name] for name, service in _SERVICES.items() if environ.get(name)}
