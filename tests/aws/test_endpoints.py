from urllib.parse import urlsplit

import pytest

from hookproof.aws.endpoints import Endpoint, Endpoints
from hookproof.errors import ConfigurationError


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("eu-west-1", "sqs.eu-west-1.amazonaws.com"),
        ("us-gov-west-1", "sqs.us-gov-west-1.amazonaws.com"),
        ("cn-north-1", "sqs.cn-north-1.amazonaws.com.cn"),
        ("us-iso-east-1", "sqs.us-iso-east-1.c2s.ic.gov"),
        ("us-isob-east-1", "sqs.us-isob-east-1.sc2s.sgov.gov"),
        ("eusc-de-east-1", "sqs.eusc-de-east-1.amazonaws.eu"),
    ],
)
def test_a_region_has_its_partitions_domain(region: str, host: str) -> None:
    assert Endpoints(region, {}).of("sqs") == Endpoint(secure=True, host=host, port=443)


def test_each_service_and_region_keeps_a_host_of_its_own() -> None:
    endpoints = Endpoints("eu-west-1", {})
    asked = [("sqs", None), ("s3", None), ("sqs", "us-east-1"), ("sqs", "eu-west-1")]
    assert [endpoints.of(service, region).host for service, region in asked * 2] == [
        "sqs.eu-west-1.amazonaws.com",
        "s3.eu-west-1.amazonaws.com",
        "sqs.us-east-1.amazonaws.com",
        "sqs.eu-west-1.amazonaws.com",
    ] * 2


def test_the_environments_address_wins_and_the_services_own_before_the_general() -> None:
    endpoints = Endpoints("eu-west-1", {"*": "http://localhost:5000", "s3": "https://s3.test/x/"})
    assert endpoints.of("sqs", "us-east-1").authority == "localhost:5000"
    assert endpoints.of("s3") == Endpoint(secure=True, host="s3.test", port=443, prefix="/x")
    assert endpoints.is_custom("sqs")
    assert not Endpoints("eu-west-1", {"s3": "http://a"}).is_custom("sqs")


@pytest.mark.parametrize(
    ("url", "authority"),
    [
        ("http://a:80", "a"),
        ("https://a:443/", "a"),
        ("http://a:443", "a:443"),
        ("http://[::1]:8000", "[::1]:8000"),
        ("https://[::1]", "[::1]"),
    ],
)
def test_the_host_field_names_the_port_only_where_it_is_unusual(url: str, authority: str) -> None:
    assert Endpoint.of(url, name="X").authority == authority


@pytest.mark.parametrize(
    "url",
    [
        "https://a",
        "HTTPS://A.Example",
        "http://a:",
        "http://a:0/",
        "http://a_b-c.d:65535/x/y//",
        "https://a/x?y=/z#w",
        "https://a?y",
        "http://a#y",
        "http://[FD00:ec2::23]:80/v1/credentials",
    ],
)
def test_an_address_is_read_as_the_standard_library_reads_it(url: str) -> None:
    parts = urlsplit(url)
    assert Endpoint.of(url, name="X") == Endpoint(
        secure=parts.scheme == "https",
        host=parts.hostname or "",
        port=parts.port or {"http": 80, "https": 443}[parts.scheme],
        prefix=parts.path.rstrip("/"),
    )


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:5000",
        "ftp://a",
        "http://",
        "http:///a",
        "http://a:x",
        "http://a:65536",
        "http://a:٣",
        "http://u:p@a",
        "http://a\\@b",
        "http://a\\b",
        "http://a b",
        " http://a",
        "http://a\n",
        "http://a/\r\nx",
        "http://[a",
        "http://[g::1]",
        "http://[::1]a",
        "http://\u212a",
    ],
)
def test_what_is_no_address_is_named(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^endpoint of sqs: "):
        Endpoints("eu-west-1", {"sqs": url})
