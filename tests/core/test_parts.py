"""Components, fields, keys, encodings and timestamps: the vocabulary, word by word."""

from __future__ import annotations

import pytest

from hookproof import ConfigurationError, Headers, Provider, Request, VerificationError
from hookproof.components import Parts, parse_component
from hookproof.encodings import decode, encode
from hookproof.errors import SignatureMalformed, SignatureMissing, TimestampMalformed
from hookproof.keys import SecretForm
from hookproof.signature_base import SignatureBase
from hookproof.signature_field import SignatureField
from hookproof.template import Template
from hookproof.timestamps import format_timestamp, parse_timestamp

FORM = Headers.of({"Content-Type": "application/x-www-form-urlencoded"})


def parts(
    body: bytes = b"", headers: Headers | None = None, url: str = "https://h.example/p?q=1&q=2"
) -> Parts:
    return Parts(Request(method="POST", url=url, headers=headers or Headers(), body=body))


@pytest.mark.parametrize(
    ("component", "expected"),
    [
        ("json:/a/b", b"1.50"),
        ("json:/list/0", b"x"),
        ("json:/list/*", None),
        ("json:/same/*/t", b"y"),
        ("json:/t~1u", b"slash"),
        ("json:/none", None),
        ("json:/a", None),
        ("json:/yes", b"true"),
        ("header:x-a", b"1, 2"),
        ("query:q", b"2"),
        ("url", b"https://h.example/p?q=1&q=2"),
        ("path", b"/p"),
        ("target", b"/p?q=1&q=2"),
        ("authority", b"h.example"),
        ("method", b"POST"),
    ],
)
def test_components_find_their_bytes(component: str, expected: bytes | None) -> None:
    body = (
        b'{"a": {"b": 1.50}, "list": ["x", "z"], "same": [{"t": "y"}, {"t": "y"}],'
        b' "t/u": "slash", "none": null, "yes": true}'
    )
    read = parse_component(component, "").read
    assert read(parts(body, Headers([("X-A", "1"), ("x-a", "2")]))) == expected


@pytest.mark.parametrize("text", ["", "header:", "nowhere:x", "body:x", "form:a#b", "json:a"])
def test_components_that_mean_nothing_are_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="here"):
        parse_component(text, "here")


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[" * 100_000, b'{"a": NaN}', b""])
def test_a_body_that_is_no_json_is_the_senders_fault(body: bytes) -> None:
    with pytest.raises(VerificationError):
        parse_component("json:/a", "").read(parts(body))


def test_forms_keep_their_octets_and_the_last_value() -> None:
    reader = parts(b"a=1&a=%ff&b=", FORM)
    assert parse_component("form:a", "").read(reader) == b"\xff"
    assert parse_component("form:b", "").read(reader) == b""


def test_multipart_fields_are_read() -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="json"\r\n\r\n{"a": "b"}\r\n--x--\r\n'
    headers = Headers.of({"Content-Type": "multipart/form-data; boundary=x"})
    assert parse_component("form:json#/a", "").read(parts(body, headers)) == b"b"


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("hex", b"0"),
        ("hex", b"zz"),
        ("hex", b"00 00"),
        ("base64", b"aGk"),
        ("base64", b"aG k="),
        ("base64", b"aGk=\n"),
        ("base64", b"aGl="),
        ("base64", b"-_-_"),
        ("base64url", b"+/+/"),
        ("base64url", b"aGk=="),
    ],
)
def test_decoding_is_strict(encoding: str, text: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the caller's message says more
        decode(text, (encoding,))


@pytest.mark.parametrize(
    "encodings", [("hex",), ("base64",), ("base64url",), ("base64", "hex"), ("percent", "base64")]
)
def test_encoding_is_the_inverse_of_decoding(encodings: tuple[str, ...]) -> None:
    octets = bytes(range(256))
    assert octets == decode(encode(octets, encodings), encodings)


@pytest.mark.parametrize(
    ("document", "text", "signatures"),
    [
        ({"form": "plain"}, "00ff", [b"\x00\xff"]),
        ({"form": "prefix", "prefix": "v0="}, "v0=00", [b"\x00"]),
        ({"form": "prefix", "prefix": "HMAC ", "encoding": "base64"}, "hmac aGk=", [b"hi"]),
        ({"form": "pairs", "key": "v1"}, "t=1, v1=00,v1=01,v0=ff", [b"\x00", b"\x01"]),
        ({"form": "list"}, "00, 01", [b"\x00", b"\x01"]),
        ({"form": "list", "leading": "t"}, "17,00,01", [b"\x00", b"\x01"]),
        ({"form": "versioned", "encoding": "base64"}, "v1,aGk= v2,aGk= v1,aGk=", [b"hi", b"hi"]),
        ({"form": "pairs", "key": "v1", "group": " "}, "t=1,v1=00 t=2,v1=01", [b"\x00", b"\x01"]),
    ],
)
def test_signatures_are_found_in_every_form(
    document: dict[str, str], text: str, signatures: list[bytes]
) -> None:
    field = SignatureField.from_json({"in": "header:S", **document})
    found = field.candidates(parts(headers=Headers.of({"S": text})))
    assert signatures == [one for group, _ in found for one in group]


@pytest.mark.parametrize(
    ("document", "text", "error"),
    [
        ({"form": "plain"}, "", SignatureMissing),
        ({"form": "plain"}, "00, 00", SignatureMalformed),
        ({"form": "prefix", "prefix": "sha256="}, "sha1=00", SignatureMalformed),
        ({"form": "pairs", "key": "v1"}, "t=1,v0=00", SignatureMissing),
        ({"form": "pairs", "key": "v1"}, "t=1,t=2,v1=00", SignatureMalformed),
        ({"form": "pairs", "key": "v1"}, "word", SignatureMalformed),
        ({"form": "versioned", "encoding": "base64"}, "v1", SignatureMalformed),
        ({"form": "list"}, ",".join(["00"] * 33), SignatureMalformed),
    ],
)
def test_signatures_out_of_form_are_refused(
    document: dict[str, str], text: str, error: type[VerificationError]
) -> None:
    field = SignatureField.from_json({"in": "header:S", **document})
    with pytest.raises(error):
        field.candidates(parts(headers=Headers.of({"S": text})))


def test_templates_join_the_exact_bytes() -> None:
    template = Template.parse("v0:{{{header:A|lower}}}:{body|sha256|hex}:{json:/x?}", "")
    joined = template.render(parts(b"{}", Headers.of({"A": "BC"})))
    digest = b"44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    assert b"v0:{bc}:" + digest + b":" == joined


def test_a_separator_inside_a_signed_id_is_refused() -> None:
    template = Template.parse("{header:Id}.{body}", "")
    with pytest.raises(SignatureMalformed):
        template.render(parts(b"x", Headers.of({"Id": "a.b"})))


def test_parameters_are_sorted_joined_and_left_out() -> None:
    base = SignatureBase.from_json(
        [{"parameters": "form", "item": "{name}{value}", "join": "|", "omit": ["sign"]}]
    )
    assert base.render(parts(b"b=&a=2&sign=x&a=1", FORM)) == b"a1|a2|b"


@pytest.mark.parametrize(
    ("document", "named"),
    [
        ({"signature": {"in": "header:A"}, "algorithm": "rot13"}, "algorithm"),
        (
            {"signature": {"in": "header:A", "form": "odd"}, "algorithm": "hmac-sha256"},
            "signature.form",
        ),
        ({"signature": {"in": "header:A", "x": 1}, "algorithm": "hmac-sha256"}, "signature.x"),
        ({"signature": {"in": 3}, "algorithm": "hmac-sha256"}, "signature.in"),
        ({"signature": {"in": "header:A"}, "algorithm": "hmac-sha256", "spurious": 1}, "spurious"),
        (
            {"signature": {"in": "header:A"}, "algorithm": "token", "signature_base": "{bod}"},
            "signature_base",
        ),
        (
            {"signature": {"in": "header:A"}, "algorithm": "token", "signature_base": "{body|rot}"},
            "filter",
        ),
        (
            {
                "signature": {"in": "header:A"},
                "algorithm": "token",
                "timestamp": {"in": "header:T", "unit": "y"},
            },
            "timestamp.unit",
        ),
        ([], "object"),
    ],
)
def test_a_scheme_that_means_nothing_names_the_key(document: object, named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        Provider.from_json(document, id="own")


@pytest.mark.parametrize(
    ("document", "secret", "octets"),
    [
        ({}, "text", b"text"),
        ({"encoding": "base64", "prefix": "whsec_"}, "whsec_aGk=", b"hi"),
        ({"encoding": "base64"}, "aGk", b"hi"),
        ({"encoding": "hex"}, "6869", b"hi"),
        ({"normalize": "NFKD"}, "\u00e9", "e\u0301".encode()),
        ({"key": "{secret}&"}, "s", b"s&"),
        ({"names": ["a", "b"], "key": "{secret:a}:{secret:b}"}, {"a": "1", "b": "2"}, b"1:2"),
    ],
)
def test_secrets_become_keys(document: dict[str, object], secret: str, octets: bytes) -> None:
    assert [octets] == [key.octets for key in SecretForm.from_json(document).keys_of(secret)]


@pytest.mark.parametrize(
    ("document", "secret"),
    [
        ({}, ""),
        ({}, "  "),
        ({}, {}),
        ({}, {"other": "x"}),
        ({"encoding": "hex"}, "xyz"),
        ({"encoding": "base64"}, "a b"),
        ({"names": ["a", "b"]}, "only a"),
        ({}, 3),
    ],
)
def test_what_is_no_key_is_refused_without_showing_it(
    document: dict[str, object], secret: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        SecretForm.from_json(document).keys_of(secret)
    assert "xyz" not in str(caught.value)


def test_a_public_key_never_serves_as_a_shared_secret() -> None:
    form = SecretForm.from_json({"encoding": "base64", "never": ["whpk_"]})
    assert form.keys_of("whpk_aGk=") == ()


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        (b"1.5", "s"),
        (b"-1", "s"),
        (b"", "s"),
        (b" 1", "s"),
        ("\u0661".encode(), "s"),
        (b"9" * 16, "ms"),
        (b"2026-01-31", "rfc3339"),
        (b"now", "http-date"),
    ],
)
def test_timestamps_are_read_strictly(text: bytes, unit: str) -> None:
    with pytest.raises(TimestampMalformed):
        parse_timestamp(text, unit)


@pytest.mark.parametrize("unit", ["s", "ms", "rfc3339", "http-date"])
def test_timestamps_survive_the_way_there_and_back(unit: str) -> None:
    assert parse_timestamp(format_timestamp(1_700_000_000, unit).encode(), unit) == 1_700_000_000
