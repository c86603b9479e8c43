"""A way of signing in words, out of the document that describes it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping

from hookproof.algorithms import ASYMMETRIC
from hookproof.named_bases import NAMED_BASES
from hookproof.schemes import get_scheme

_PLACES = {
    "header": "header {}",
    "query": "query parameter {}",
    "form": "form field {}",
    "param": "{} beside the signature",
    "claim": "claim {}",
    "json": "{} in the JSON body",
    "xml": "{} in the XML body",
    "secret": "the secret's {}",
}
_BARE = {
    "body": "the body",
    "url": "the URL",
    "timestamp": "the timestamp",
    "param:decrypted": "what came encrypted",
}
_UNITS = {
    "s": "in seconds",
    "ms": "in milliseconds",
    "s-or-ms": "in seconds or milliseconds",
    "rfc3339": "as an RFC 3339 date",
    "http-date": "as an HTTP date",
}


def ways(document: Mapping[str, object]) -> list[Mapping[str, object]]:
    """The document's ways of signing, each complete: variants override what they share."""
    variants = document.get("variants")
    if not isinstance(variants, list):
        return [document]
    return [{**document, **variant} for variant in variants if isinstance(variant, dict)]


def describe(way: Mapping[str, object]) -> list[str]:
    """The way in sentences: signature, what is signed, time, digest of the body, public key."""
    module = way.get("scheme")
    sentences = [_own_way(str(module))] if module else []
    sentences += _signature(way)
    sentences += _timestamp(way.get("timestamp"))
    sentences += _digest(way.get("body_digest"))
    sentences += _key_source(way.get("key_source"))
    return sentences


def place(text: object) -> str:
    """A component in words.

    >>> place("header:X-Signature"), place("json:/data/id")
    ('header X-Signature', '/data/id in the JSON body')
    """
    kind, colon, name = str(text).partition(":")
    if "#" in name and kind != "json":
        outer, _, pointer = str(text).partition("#")
        return f"{pointer} in the JSON of {place(outer)}"
    if str(text) in _BARE or not colon or kind not in _PLACES:
        return _BARE.get(str(text), str(text))
    return _PLACES[kind].format(name)


def listed(value: object) -> list[object]:
    """A list as it is, one value as a list of one, nothing as an empty list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _own_way(module: str) -> str:
    summary = (get_scheme(module).__doc__ or module).strip().splitlines()[0]
    return summary.rstrip(".") + "."


def _signature(way: Mapping[str, object]) -> list[str]:
    field = way.get("signature")
    algorithm = way.get("algorithm")
    if not isinstance(field, Mapping):
        return []
    places = " or ".join(place(one) for one in listed(field.get("in")))
    if algorithm == "token":
        written = f"{_form(field)}{_encoding(field)}"
        return [f"Nothing is signed: the secret itself stands in {places}{written}.", *_key(way)]
    return [
        f"The signature stands in {places}{_form(field)}{_encoding(field)}.",
        _made(_algorithm(algorithm), _base(way.get("signature_base"))),
        *_key(way),
    ]


def _made(noun: str, base: str) -> str:
    # Nothing stands behind the base: it is to be read to the letter.
    return f"It is {noun} of {base}" if base else f"It is {noun}."


def _form(field: Mapping[str, object]) -> str:
    form = field.get("form", "plain")
    if form == "prefix":
        return " after " + " or ".join(repr(one) for one in listed(field["prefix"]))
    if form == "pairs":
        keys = " or ".join(str(one) for one in listed(field.get("key")))
        return f" among name{field.get('assign', '=')}value pairs, as {keys or 'what has no name'}"
    if form == "list":
        return f" in a list separated by {field.get('separator', ',')!r}"
    if form == "versioned":
        return f" as {field.get('version', 'v1')},<signature>, several separated by spaces"
    return ""


def _encoding(field: Mapping[str, object]) -> str:
    names = [str(one) for one in listed(field.get("encoding", "hex"))]
    return "" if names == ["raw"] else f", in {' of '.join(names)}"


def _algorithm(algorithm: object) -> str:
    if isinstance(algorithm, Mapping):
        allowed = algorithm.get("allowed")
        choice = (
            ", ".join(dict.fromkeys(map(str, allowed.values())))
            if isinstance(allowed, Mapping)
            else ""
        )
        return f"made by what {place(algorithm.get('in'))} names out of {choice}"
    names = [str(one) for one in listed(algorithm)]
    if any(name in ASYMMETRIC for name in names):
        return f"a signature by {' or '.join(names)}"
    if not any(name.startswith("hmac-") for name in names):
        return f"the {' or '.join(names).upper()} digest, with the secret among it,"
    return f"the {' or '.join(names).upper()}"


def _base(base: object) -> str:
    return " + ".join(_piece(one) for one in listed(base))


def _piece(piece: object) -> str:
    if not isinstance(piece, Mapping):
        return str(piece)
    for kind, words in _PIECES.items():
        if kind in piece:
            return f"[{words(piece)}]"
    return json.dumps(piece)


def _named(piece: Mapping[str, object]) -> str:
    # What a base with a name of its own joins stands in its docstring.
    text = NAMED_BASES[str(piece["named"])].__doc__ or str(piece["named"])
    return text.partition(". ")[0].strip().rstrip(".")


def _parameters(piece: Mapping[str, object]) -> str:
    kinds = " and ".join(map(str, listed(piece["parameters"])))
    item, join = piece.get("item", "{name}={value}"), piece.get("join", "&")
    order = "as received" if piece.get("order") == "received" else "sorted by name"
    without = ", ".join(map(str, listed(piece.get("omit"))))
    left_out = f", without {without}" if without else ""
    return f"{kinds} parameters as {item}, joined by {join!r}, {order}{left_out}"


_PIECES: dict[str, Callable[[Mapping[str, object]], str]] = {
    "if_present": lambda piece: f"{piece['if_present']} if present",
    "unless_form": lambda piece: f"{piece['unless_form']} unless the body is a form",
    "hashed": lambda piece: f"the {str(piece['with']).upper()} digest of {piece['hashed']}",
    "sorted": lambda piece: f"{', '.join(map(str, listed(piece['sorted'])))} sorted and joined",
    "parameters": _parameters,
    "named": _named,
}


def _key(way: Mapping[str, object]) -> Iterator[str]:
    secret = way.get("secret")
    if isinstance(secret, Mapping):
        if secret.get("key"):
            yield f"The key is {secret['key']}."
        if secret.get("encoding", "utf8") != "utf8":
            prefixes = " or ".join(map(repr, listed(secret.get("prefix"))))
            taken = f", after {prefixes} is taken off" if prefixes else ""
            yield f"The secret is read as {secret['encoding']}{taken}."


def _timestamp(timestamp: object) -> Iterator[str]:
    if not isinstance(timestamp, Mapping):
        return
    unit = _UNITS[str(timestamp.get("unit", "s"))]
    tolerance = timestamp.get("tolerance", 300)
    judged = "its age is not judged" if tolerance is None else f"at most {tolerance} s from now"
    yield f"The time stands in {place(timestamp['in'])}, {unit}; {judged}."


def _digest(digest: object) -> Iterator[str]:
    if isinstance(digest, Mapping):
        name = str(digest.get("algorithm", "sha256")).upper()
        encoding = " of ".join(map(str, listed(digest.get("encoding", "hex"))))
        yield f"The body is covered by its {name} digest in {place(digest['in'])}, in {encoding}."


def _key_source(source: object) -> Iterator[str]:
    if isinstance(source, Mapping):
        hosts = ", ".join(map(str, listed(source.get("hosts"))))
        yield f"The public key is fetched from {source['url']} (only from {hosts}) if not given."
