"""Every cause by itself, with deliveries of several providers broken in just that way."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import pytest

from hookproof import Headers, Request, get_provider
from hookproof.explain import CODES, explain
from hookproof.signer import Delivery, sign
from hookproof.values import replace
from tests.support.breakages import (
    BODIES,
    BODY,
    FORM,
    NOW,
    OTHER_SECRET,
    SECRETS,
    TIMED,
    URLS,
    by_algorithm,
    codes,
    delivery,
    explained,
    field_of,
    renamed,
    rewritten,
    with_header,
)

PARSED = json.loads(BODY)
COMPACT_ASCII = json.dumps(PARSED, separators=(",", ":"))
COMPACT = json.dumps(PARSED, separators=(",", ":"), ensure_ascii=False)
BROKEN_BODIES = {
    "line end": (BODY + b"\n", "body_newline"),
    "Windows line end": (BODY + b"\r\n", "body_newline"),
    "two line ends": (BODY + b"\n\n", "body_newline"),
    "base64": (base64.b64encode(BODY), "body_base64"),
    "base64 in lines": (base64.encodebytes(BODY), "body_base64"),
    "base64url": (base64.urlsafe_b64encode(BODY).rstrip(b"="), "body_base64"),
    "byte order mark": (b"\xef\xbb\xbf" + BODY, "body_charset"),
    "Latin-1": (BODY.decode().encode("latin-1"), "body_charset"),
    "UTF-8 twice": (BODY.decode("latin-1").encode(), "body_charset"),
    "UTF-16": (BODY.decode().encode("utf-16"), "body_charset"),
    "Python": (json.dumps(PARSED).encode(), "body_reserialized"),
    "Python, compact": (COMPACT_ASCII.encode(), "body_reserialized"),
    "indented": (json.dumps(PARSED, indent=2, ensure_ascii=False).encode(), "body_reserialized"),
    "PHP": (COMPACT_ASCII.replace("/", "\\/").encode(), "body_reserialized"),
    "PHP, pretty": (
        json.dumps(PARSED, indent=4).replace("/", "\\/").encode(),
        "body_reserialized",
    ),
    "Go": (
        COMPACT.replace("<", "\\u003c").replace(">", "\\u003e").encode(),
        "body_reserialized",
    ),
    "JavaScript": (BODY.replace(b"1.0", b"1"), "body_reserialized"),
    "lost": (b"", "body_empty"),
}
# The form in which the body was signed: the same document, as another language writes it.
SIGNED_BODIES = {
    "Python": json.dumps(PARSED),
    "PHP": COMPACT_ASCII.replace("/", "\\/"),
    "PHP, pretty": json.dumps(PARSED, indent=4).replace("/", "\\/"),
    "Go": COMPACT.replace("<", "\\u003c").replace(">", "\\u003e"),
    ".NET": COMPACT_ASCII.replace("<", "\\u003C")
    .replace(">", "\\u003E")
    .replace("fc", "FC")
    .replace("f6", "F6"),
    "sorted": json.dumps(PARSED, sort_keys=True, separators=(",", ":")),
    "indented": json.dumps(PARSED, indent=2, ensure_ascii=False),
    "indented on Windows": json.dumps(PARSED, indent=2).replace("\n", "\r\n"),
    "tabs": json.dumps(PARSED, indent="\t"),
    "price": COMPACT.replace("2.5", "2.50"),
    "exponent": COMPACT.replace("[1,", "[1.0,"),
}
SECRET_EDITS: dict[str, tuple[Callable[[str], str], str]] = {
    "line end": (lambda secret: secret + "\n", "secret_whitespace"),
    "Windows line end": (lambda secret: secret + "\r\n", "secret_whitespace"),
    "space": (lambda secret: f" {secret} ", "secret_whitespace"),
    "byte order mark": (lambda secret: "\ufeff" + secret, "secret_whitespace"),
    "zero-width space": (lambda secret: secret + "\u200b", "secret_whitespace"),
    "zero-width space inside": (lambda s: s[:9] + "\u200b" + s[9:], "secret_whitespace"),
    "no-break space": (lambda secret: secret + "\u00a0", "secret_whitespace"),
    "quotes": (lambda secret: f'"{secret}"', "secret_whitespace"),
    "curly quotes": (lambda secret: f"\u201c{secret}\u201d", "secret_whitespace"),
    "quotes and a line end": (lambda secret: f"'{secret}'\n", "secret_whitespace"),
    "variable": (lambda secret: f"WEBHOOK_SECRET={secret}", "secret_whitespace"),
    "quoted variable": (lambda secret: f'export SECRET="{secret}"', "secret_whitespace"),
    "base64": (lambda secret: base64.b64encode(secret.encode()).decode(), "secret_encoding"),
    "Bearer": (lambda secret: f"Bearer {secret}", "secret_encoding"),
    "upper case": (lambda secret: secret.upper(), "secret_encoding"),
}


@pytest.mark.parametrize("provider", SECRETS)
def test_what_is_genuine_is_valid(provider: str) -> None:
    report = explained(provider, delivery(provider))
    assert (report.verdict, report.reason, report.causes) == ("valid", None, ())


@pytest.mark.parametrize("breakage", BROKEN_BODIES)
@pytest.mark.parametrize("provider", BODIES)
def test_bodies(provider: str, breakage: str) -> None:
    body, code = BROKEN_BODIES[breakage]
    report = explained(provider, replace(delivery(provider), body=body))
    assert (report.verdict, codes(report)) == ("invalid", [code])


@pytest.mark.parametrize("writer", SIGNED_BODIES)
@pytest.mark.parametrize("provider", ["github", "stripe", "openai"])
def test_bodies_of_other_serialisers(provider: str, writer: str) -> None:
    signed = SIGNED_BODIES[writer].encode()
    request = replace(delivery(provider, body=signed), body=COMPACT.encode())
    assert codes(explained(provider, request)) == ["body_reserialized"]


def test_a_body_as_gson_writes_it() -> None:
    signed = b'{"text":"Tom \\u0026 Ann\\u0027s a\\u003db"}'
    request = replace(delivery("stripe", body=signed), body=b'{"text":"Tom & Ann\'s a=b"}')
    assert codes(explained("stripe", request)) == ["body_reserialized"]


def test_where_the_bytes_differ_is_shown_and_no_secret() -> None:
    request = replace(delivery("stripe"), body=BODY.replace(b'"a.b",', b'"a.b", '))
    (cause,) = explained("stripe", request).causes
    assert cause.code == "body_reserialized"
    assert cause.difference is not None
    assert cause.difference.startswith("byte 27: signed")
    leaking = delivery("github", body=b'{"token":"It\'s a secret","a":1}')
    spaced = replace(leaking, body=b'{"token": "It\'s a secret", "a": 1}')
    (cause,) = explained("github", spaced).causes
    assert 'secret"' not in str(cause.difference)
    assert "not shown" in str(cause.difference)


def test_a_lost_body_by_its_announced_length() -> None:
    request = with_header(replace(delivery("github"), body=b""), "Content-Length", "83")
    (cause,) = explained("github", request).causes
    assert (cause.code, cause.confidence) == ("body_empty", 0.9)


def test_a_body_that_was_added() -> None:
    request = delivery("github", body=b"")
    (cause,) = explained("github", replace(request, body=b"null")).causes
    assert (cause.code, cause.confidence) == ("body_empty", 1.0)


@pytest.mark.parametrize(
    "body",
    [
        b"CallSid=CA1&Caller=%2b1234&Digits=1+2&To=x%2fy",
        b"CallSid=CA1&Caller=%2B1234&Digits=1%202&To=x%2Fy",
        b"CallSid=CA1&Caller=%2B1234&Digits=1+2&To=x/y",
        b"To=x%2Fy&CallSid=CA1&Caller=%2B1234&Digits=1+2",
        b"CallSid=CA1&Caller=%2B1234&Digits=1+2&To=x%2Fy&Empty=",
    ],
)
@pytest.mark.parametrize("provider", ["slack", "github"])
def test_forms(provider: str, body: bytes) -> None:
    request = replace(delivery(provider, body=FORM), body=body)
    assert codes(explained(provider, request)) == ["body_form_reencoded"]


def _edited_secrets() -> list[tuple[str, str]]:
    """Every provider with every edit that changes its secret, and can be told from the result."""
    return [
        (provider, edit)
        for provider, secret in SECRETS.items()
        for edit, (change, _) in SECRET_EDITS.items()
        if change(secret) != secret and (edit != "upper case" or secret.lower() == secret)
    ]


@pytest.mark.parametrize(("provider", "edit"), _edited_secrets())
def test_secrets(provider: str, edit: str) -> None:
    change, code = SECRET_EDITS[edit]
    report = explained(provider, delivery(provider), secrets=(change(SECRETS[provider]),))
    # A key in hex is the same in either case.
    assert codes(report)[:1] == ([] if report.verdict == "valid" else [code])


@pytest.mark.parametrize("provider", ["openai", "github", "stripe"])
def test_secrets_of_another_encoding(provider: str) -> None:
    secret = SECRETS[provider]
    written = secret.encode().hex() if provider != "openai" else secret.removeprefix("whsec_")
    report = explained(provider, delivery(provider), secrets=(written,))
    assert codes(report) == ([] if report.verdict == "valid" else ["secret_encoding"])


def test_a_prefix_that_is_part_of_the_secret() -> None:
    report = explained("stripe", delivery("stripe"), secrets=("abcdefghijklmnop",))
    assert codes(report) == ["secret_encoding"]
    assert "whsec_" in report.causes[0].text


@pytest.mark.parametrize("provider", SECRETS)
def test_secrets_of_other_times_and_places(provider: str) -> None:
    request, secret = delivery(provider), SECRETS[provider]
    report = explained(provider, request, secrets=(OTHER_SECRET.encode().hex(),), retired=(secret,))
    assert codes(report) == ["secret_previous"]
    others = {"one": "1111", "shop, tenant acme": secret}
    report = explained(provider, request, secrets=(OTHER_SECRET.encode().hex(),), others=others)
    assert codes(report) == ["secret_other_source"]
    assert "shop, tenant acme" in report.causes[0].text


BROKEN_URLS = {
    "url_scheme": "http://hooks.example.com/webhooks/x?a=1&b=c%20d",
    "url_host": "https://abc123.execute-api.eu-west-1.amazonaws.com/webhooks/x?a=1&b=c%20d",
    "url_path": "https://hooks.example.com/prod/webhooks/x?a=1&b=c%20d",
    "url_query": "https://hooks.example.com/webhooks/x?b=c+d&a=1",
}


@pytest.mark.parametrize("code", BROKEN_URLS)
@pytest.mark.parametrize("provider", URLS)
def test_urls(provider: str, code: str) -> None:
    request = replace(delivery(provider), url=BROKEN_URLS[code])
    request = with_header(request, "X-Forwarded-Host", "hooks.example.com")
    assert codes(explained(provider, request)) == [code]


@pytest.mark.parametrize("provider", ["hubspot", "square"])
@pytest.mark.parametrize(
    ("signed", "received", "code"),
    [
        ("https://h.example/a", "https://h.example:8443/a", "url_port"),
        ("https://h.example:8443/a", "https://h.example/a", "url_port"),
        ("https://h.example/a", "https://h.example/a/", "url_path"),
        ("https://h.example/a/", "https://h.example/a", "url_path"),
        ("https://h.example/v1/a", "https://h.example/a", "url_path"),
        ("https://h.example/a?x=1", "https://h.example/a?x=1&added=2", "url_query"),
        ("https://h.example/a?z=1&y=2&x=3", "https://h.example/a?x=3&y=2&z=1", "url_query"),
        ("https://www.h.example/a", "https://h.example/a", "url_host"),
    ],
)
def test_urls_in_other_ways(provider: str, signed: str, received: str, code: str) -> None:
    request = replace(delivery(provider, url=signed), url=received)
    assert codes(explained(provider, request)) == [code]


def test_a_query_that_was_encoded_again() -> None:
    request = replace(
        delivery("square", url="https://h.example/a?x=/&y="), url="https://h.example/a?x=%2F&y="
    )
    assert codes(explained("square", request)) == ["url_query"]


@pytest.mark.parametrize("provider", URLS)
@pytest.mark.parametrize(
    ("received", "code"),
    [
        ("http://10.0.0.7:8080/internal", "url_host"),
        ("https://hooks.example.com/internal", "url_path"),
        ("https://hooks.example.com/webhooks/x", "url_query"),
    ],
)
def test_urls_that_the_operator_names(provider: str, received: str, code: str) -> None:
    request = delivery(provider)
    report = explained(provider, replace(request, url=received), urls=(request.url,))
    assert codes(report) == [code]


@pytest.mark.parametrize("provider", ["hubspot", "square"])
def test_all_that_a_proxy_says(provider: str) -> None:
    request = replace(delivery(provider), url="http://10.0.0.7:8080/x?a=1&b=c%20d")
    for name, value in (("Forwarded", 'for=1.2.3.4;host="hooks.example.com";proto=https'),
                        ("X-Forwarded-Prefix", "/webhooks")):  # fmt: skip
        request = with_header(request, name, value)
    assert codes(explained(provider, request)) == ["url_host"]


@pytest.mark.parametrize("provider", [name for name in SECRETS if name not in ("stripe", "paddle")])
@pytest.mark.parametrize("joint", [", ", ","])
def test_folded_headers(provider: str, joint: str) -> None:
    request = delivery(provider)
    name, value, _ = field_of(provider, request)
    report = explained(provider, with_header(request, name, f"{value}{joint}{value}"))
    # Of a list of signatures a comma spoils only the one before it.
    assert codes(report) == ([] if report.verdict == "valid" else ["header_folded"])
    assert report.verdict == "invalid" or provider == "openai"


def test_folded_lists() -> None:
    request = delivery("openai")
    name, value, _ = field_of("openai", request)
    assert codes(explained("openai", with_header(request, name, f"{value},v1,AAAA"))) == [
        "header_folded"
    ]
    request = delivery("stripe")
    name, value, _ = field_of("stripe", request)
    for joint in (", ", ","):
        folded = with_header(request, name, f"t=1,v1={'0' * 64}{joint}{value}")
        assert codes(explained("stripe", folded)) == ["header_folded"]


def test_headers_that_came_twice() -> None:
    request = delivery("slack")
    doubled = replace(request, headers=Headers([*request.headers, *request.headers]))
    assert codes(explained("slack", doubled)) == ["header_folded"]


@pytest.mark.parametrize("other", ["X-Original-Signature", "X-Signature", "Signature"])
@pytest.mark.parametrize("provider", [name for name in SECRETS if name != "shopify"])
def test_headers_of_other_names(provider: str, other: str) -> None:
    request = delivery(provider)
    request = with_header(request, "User-Agent", "sender/1.0")
    name = field_of(provider, request)[0]
    assert codes(explained(provider, renamed(request, name, other))) == ["wrong_header"]


def test_a_time_in_a_header_of_another_name() -> None:
    request = renamed(delivery("slack"), "X-Slack-Request-Timestamp", "X-Request-Timestamp")
    assert codes(explained("slack", request)) == ["wrong_header"]


def _encodings() -> list[tuple[str, str]]:
    known = {name: field_of(name, delivery(name))[2] for name in SECRETS}
    hexadecimal = {name for name, written in known.items() if len(written) in (40, 64)}
    return [
        *((name, "base64") for name in sorted(hexadecimal)),
        *((name, "hex") for name in sorted(set(known) - hexadecimal)),
    ]


@pytest.mark.parametrize(("provider", "encoding"), _encodings())
def test_signatures_in_another_encoding(provider: str, encoding: str) -> None:
    request = rewritten(provider, delivery(provider), encoding)
    assert codes(explained(provider, request)) == ["signature_encoding"]


@pytest.mark.parametrize("provider", SECRETS)
def test_signatures_with_something_around_them(provider: str) -> None:
    request = delivery(provider)
    name, value, written = field_of(provider, request)
    for text in (f'"{value}"', f"<{value}>", f"signature={written}"):
        if "=" in value.rstrip("=") and text.startswith("signature") and "," in value:
            continue
        report = explained(provider, with_header(request, name, text))
        assert codes(report)[:1] == ["signature_encoding"] or provider in ("stripe", "paddle"), text


@pytest.mark.parametrize("provider", ["github", "slack", "shopify", "hubspot", "line", "square"])
def test_signatures_in_another_case(provider: str) -> None:
    request = delivery(provider)
    name, value, _ = field_of(provider, request)
    changed = value.upper() if "=" in value.rstrip("=") else value.lower()
    report = explained(provider, with_header(request, name, changed))
    assert codes(report) == ["signature_encoding"]


@pytest.mark.parametrize("provider", SECRETS)
def test_truncated_signatures(provider: str) -> None:
    request = delivery(provider)
    name, value, _ = field_of(provider, request)
    for length in (1, 2, 6, 7):
        cut = with_header(request, name, value.rstrip("=")[:-length])
        assert codes(explained(provider, cut)) == ["signature_truncated"], length


def test_what_is_left_of_a_signature_must_be_enough() -> None:
    request = delivery("github")
    name, value, _ = field_of("github", request)
    assert (
        codes(explained("github", with_header(request, name, value[: len("sha256=") + 15]))) == []
    )


@pytest.mark.parametrize("algorithm", ["hmac-sha1", "hmac-sha512", "hmac-md5"])
@pytest.mark.parametrize("provider", [one for one in SECRETS if one != "twilio"])
def test_other_algorithms(provider: str, algorithm: str) -> None:
    request = delivery(by_algorithm(provider, algorithm))
    report = explained(provider, request)
    assert codes(report) == ["wrong_algorithm"]
    assert algorithm in report.causes[0].text


SENDERS = ("github", "shopify", "stripe", "slack", "twilio", "zoom")


@pytest.mark.parametrize(
    ("configured", "sender"), [(one, other) for one in SECRETS for other in SENDERS if one != other]
)
def test_other_senders(configured: str, sender: str) -> None:
    report = explained(configured, delivery(sender), secrets=(SECRETS[sender],))
    assert codes(report)[0] == "wrong_provider"


@pytest.mark.parametrize("provider", TIMED)
def test_clocks(provider: str) -> None:
    request = delivery(provider)
    report = explained(provider, request, now=NOW - 4000)
    assert codes(report) == ["clock_skew"]
    assert "66.7 minutes ahead" in report.causes[0].text
    report = explained(provider, request, now=NOW + 700)
    assert codes(report) == ["clock_skew", "timestamp_replay"]
    assert "behind" in report.causes[0].text
    report = explained(provider, request, now=NOW + 7200)
    assert codes(report) == ["timestamp_replay", "clock_skew"]
    report = explained(provider, request, now=NOW + 3 * 86_400)
    assert (report.reason, codes(report)) == ("timestamp_too_old", ["timestamp_replay"])
    assert "3.0 days old" in report.causes[0].text


@pytest.mark.parametrize("provider", TIMED)
def test_units(provider: str) -> None:
    """Signed with the right digits, which mean another moment than the scheme says."""
    unit = {"s": NOW * 1000, "ms": NOW / 1000}
    scheme_unit = {"hubspot": "ms", "close": "s"}.get(provider, "s")
    request = sign(
        get_provider(provider),
        Delivery(body=BODY, url="https://h.example/a"),
        secret=SECRETS[provider],
        now=unit[scheme_unit],
    )
    assert codes(explained(provider, request)) == ["timestamp_unit"]


def test_a_time_that_was_rewritten() -> None:
    request = delivery("slack")
    for text in ("1700000000000", "2023-11-14T22:13:20Z"):
        changed = with_header(request, "X-Slack-Request-Timestamp", text)
        assert codes(explained("slack", changed)) == ["timestamp_unit"]


def test_handshakes() -> None:
    request = Request(
        method="POST",
        url="https://h.example/slack",
        headers=Headers([("Content-Type", "application/json")]),
        body=b'{"type":"url_verification","challenge":"abc","token":"t"}',
    )
    # Slack signs its check of the endpoint too: without a signature it is none.
    assert explained("slack", request).verdict == "invalid"
    asked = Request(method="GET", url="https://h.example/x?hub.mode=subscribe&hub.challenge=1")
    report = explained("whatsapp", asked)
    assert (report.verdict, report.reason, codes(report)) == ("handshake", None, ["handshake"])


def test_the_document() -> None:
    report = explained("stripe", replace(delivery("stripe"), body=BODY + b"\n"))
    document = report.to_json()
    assert list(document) == ["verdict", "reason", "causes", "ruled_out", "tried"]
    assert (document["verdict"], document["reason"]) == ("invalid", "signature_mismatch")
    assert document["causes"] == [
        {
            "code": "body_newline",
            "text": report.causes[0].text,
            "fix": report.causes[0].fix,
            "confidence": 1.0,
        }
    ]
    assert document["ruled_out"] == list(CODES[: CODES.index("body_newline")])
    assert document["tried"] == report.tried > len(report.ruled_out)


def test_the_function_of_the_library() -> None:
    request, secret = delivery("github"), SECRETS["github"]
    assert explain(request, provider="github", secrets=secret).verdict == "valid"
    report = explain(request, provider="github", secrets=["x"], others={"b": secret})
    assert codes(report) == ["secret_other_source"]
