import pytest

from hookproof.aws.settings import Settings
from hookproof.errors import ConfigurationError

LEAST = {"AWS_REGION": "eu-west-1", "QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/1/q"}


def test_defaults_are_those_of_the_documentation() -> None:
    settings = Settings.of(LEAST)
    assert settings == Settings(region="eu-west-1", queue_url=LEAST["QUEUE_URL"])
    assert (settings.secret_prefix, settings.secret_max_age) == ("hookproof/", 300.0)
    assert (settings.stale_seconds, settings.previous_secret_seconds) == (86_400.0, 86_400.0)


def test_every_variable_is_read() -> None:
    settings = Settings.of(
        LEAST
        | {
            "BUCKET": "b",
            "SECRET_PREFIX": "p/",
            "SECRET_MAX_AGE": "0",
            "SECRET_REFRESH_SECONDS": "1",
            "STALE_SECONDS": "2.5",
            "PREVIOUS_SECRET_SECONDS": "3",
            "DEDUPLICATION_TABLE": "t",
            "DEDUPLICATION_SECONDS": "4",
            "DELIVERY_SECONDS": "5",
            "QUARANTINE_BUCKET": "q",
            "QUARANTINE_PER_MINUTE": "6",
            "PREFETCH_SOURCES": "stripe, slack github",
            "AWS_CA_BUNDLE": "/ca.pem",
            "HOOKPROOF_PLAIN_HTTP_KEYS": "true",
            "AWS_ENDPOINT_URL": "http://a",
            "AWS_ENDPOINT_URL_SECRETS_MANAGER": "http://b",
            "AWS_ENDPOINT_URL_SQS": "http://c",
            "AWS_ENDPOINT_URL_S3": "http://d",
            "AWS_ENDPOINT_URL_DYNAMODB": "http://e",
        }
    )
    assert settings == Settings(
        region="eu-west-1",
        queue_url=LEAST["QUEUE_URL"],
        bucket="b",
        secret_prefix="p/",
        secret_max_age=0.0,
        secret_refresh_seconds=1.0,
        stale_seconds=2.5,
        previous_secret_seconds=3.0,
        deduplication_table="t",
        deduplication_seconds=4.0,
        delivery_seconds=5.0,
        quarantine_bucket="q",
        quarantine_per_minute=6,
        prefetch_sources=("stripe", "slack", "github"),
        ca_bundle="/ca.pem",
        plain_http_keys=True,
        endpoints={
            "*": "http://a",
            "secretsmanager": "http://b",
            "sqs": "http://c",
            "s3": "http://d",
            "dynamodb": "http://e",
        },
    )


def test_an_empty_variable_is_as_none() -> None:
    empty = dict.fromkeys(
        ["BUCKET", "DEDUPLICATION_TABLE", "SECRET_MAX_AGE", "PREFETCH_SOURCES", "AWS_ENDPOINT_URL"],
        "",
    )
    assert Settings.of(LEAST | empty) == Settings.of(LEAST)


def test_configured_endpoints_can_be_ignored() -> None:
    ignored = {"AWS_ENDPOINT_URL": "http://a", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}
    assert Settings.of(LEAST | ignored).endpoints == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWS_REGION", ""),
        ("QUEUE_URL", ""),
        ("SECRET_MAX_AGE", "five"),
        ("SECRET_MAX_AGE", "-1"),
        ("STALE_SECONDS", "nan"),
        ("PREVIOUS_SECRET_SECONDS", "٣"),
        ("DELIVERY_SECONDS", "1.2.3"),
        ("HOOKPROOF_PLAIN_HTTP_KEYS", "yes"),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^{name}"):
        Settings.of(LEAST | {name: value})
