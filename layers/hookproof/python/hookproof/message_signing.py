"""Signing messages: the inverse of ``schemes.http_message_signatures``, kept apart from it."""

from __future__ import annotations

import hashlib

from hookproof.algorithms import get_algorithm
from hookproof.encodings import encode
from hookproof.errors import ConfigurationError
from hookproof.message_components import signature_base
from hookproof.messages import Headers, Request
from hookproof.schemes import Draft
from hookproof.schemes.http_message_signatures import serves, texts_of
from hookproof.structured_fields import parse_inner_list
from hookproof.values import replace


def sign_message(draft: Draft) -> Request:
    """The request with Content-Digest, Signature-Input and Signature."""
    digest = encode(hashlib.sha256(draft.request.body).digest(), ("base64",)).decode()
    request = _with(draft.request, "Content-Digest", f"sha-256=:{digest}:")
    covered = list(dict.fromkeys([*texts_of(draft.scheme, "require"), "content-digest"]))
    names = " ".join(f'"{name}"' for name in covered)
    # Receivers look the key up by its id; one that knows a single key takes any.
    text = f'({names});created={int(draft.now)};keyid="hookproof"'
    if tag := draft.scheme.options.get("tag"):
        text += f';tag="{tag}"'
    message = signature_base(request, parse_inner_list(text))
    signature = _signed(draft, message)
    request = _with(request, "Signature-Input", f"sig={text}")
    return _with(request, "Signature", f"sig=:{encode(signature, ('base64',)).decode()}:")


def _signed(draft: Draft, message: bytes) -> bytes:
    """The signature by the first of the file's algorithms that the key is one for."""
    fault = ConfigurationError("secret: for none of the algorithms of the provider's file")
    for name in draft.scheme.algorithm.names:
        if serves(draft.key, name):
            try:
                return get_algorithm(name).sign(draft.key, message)
            except ConfigurationError as error:
                fault = error
    raise fault


def _with(request: Request, name: str, value: str) -> Request:
    kept = [pair for pair in request.headers if pair[0].lower() != name.lower()]
    return replace(request, headers=Headers([*kept, (name, value)]))
