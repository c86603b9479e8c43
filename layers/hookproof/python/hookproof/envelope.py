"""Envelope.of(verified) <-> CloudEvents 1.0 JSON: what lies in the queue.

A JSON body is embedded as its very characters, never re-serialised; anything else, and JSON
that SQS cannot carry, goes as base64. Source: CloudEvents 1.0.2, JSON event format §3.
"""

from __future__ import annotations

import binascii
import hashlib
import json
from collections.abc import Mapping

from hookproof.errors import ConfigurationError
from hookproof.values import field, frozen
from hookproof.verified import Verified

# JSON leaves these two raw; XML, and so SQS, has no such characters.
_FFFE, _FFFF = "\ufffe", "\uffff"
# Made once: dumps() with separators makes an encoder at each call.
_encode = json.JSONEncoder(separators=(",", ":")).encode
_DATA_KEYS = frozenset({"data", "data_base64", "specversion"})
_OWN_KEYS = ("id", "source", "type", "time", "datacontenttype", "provider", "bodysigned")


@frozen
class Envelope:
    """A verified event on its way.

    ``data`` is the exact body; ``time`` when it arrived (RFC 3339); ``identified`` whether
    ``id`` is the provider's own: only then are two of the same id the same event;
    ``is_json`` whether ``data`` was found to be a JSON document.
    """

    id: str
    source: str
    type: str
    time: str
    datacontenttype: str
    data: bytes = field(repr=False)
    provider: str
    bodysigned: bool
    secretversion: str
    tenant: str | None = None
    extensions: Mapping[str, str] = field(default_factory=dict)
    identified: bool = True
    is_json: bool = field(default=False, repr=False)

    @classmethod
    def of(
        cls,
        verified: Verified,
        *,
        source: str,
        received: float,
        secret_version: str,
        tenant: str | None = None,
    ) -> Envelope:
        """The envelope of a verified request that arrived at ``received`` (seconds since 1970)."""
        event_id = verified.event_id
        return cls(
            id=event_id or _digest(verified),
            source=source,
            type=f"{verified.provider}.{verified.event_type or 'event'}",
            time=rfc3339(received),
            datacontenttype=_content_type(verified),
            data=verified.body,
            provider=verified.provider,
            bodysigned=verified.body_signed,
            secretversion=secret_version,
            tenant=tenant,
            extensions={_plain(name): value for name, value in verified.context.items()},
            identified=event_id is not None,
            is_json=verified.is_json,
        )

    def to_json(self) -> str:
        """The CloudEvents JSON event, legal as an SQS message."""
        head: dict[str, object] = {
            "specversion": "1.0",
            "id": self.id,
            "source": self.source,
            "type": self.type,
            "time": self.time,
            "datacontenttype": self.datacontenttype,
            "provider": self.provider,
            "bodysigned": self.bodysigned,
            "secretversion": self.secretversion,
            **({"tenant": self.tenant} if self.tenant else {}),
            **self.extensions,
        }
        opening = _encode(head)[:-1]
        text = self.data.decode() if self.is_json and _is_json(self.datacontenttype) else None
        if text is not None and _FFFE not in text and _FFFF not in text:
            return f'{opening},"data":{text}}}'
        octets = binascii.b2a_base64(self.data, newline=False).decode("ascii")
        return f'{opening},"data_base64":"{octets}"}}'

    @classmethod
    def from_json(cls, text: str) -> Envelope:
        """The envelope that a message holds, ``data`` the exact bytes of the delivery.

        Raises: ConfigurationError when the text is no message of Hookproof.
        """
        try:
            document = json.loads(text)
            data = _data_of(text, document)
            known = {name: document.pop(name) for name in _OWN_KEYS}
            return cls(
                **known,
                data=data,
                secretversion=document.pop("secretversion", "current"),
                tenant=document.pop("tenant", None),
                is_json="data" in document,
                extensions={
                    name: value for name, value in document.items() if name not in _DATA_KEYS
                },
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ConfigurationError(
                "message: expected a CloudEvents event of Hookproof"
            ) from error

    def attributes(self) -> dict[str, str]:
        """The message attributes that consumers and filters use."""
        attributes = {
            "provider": self.provider,
            "source": self.source,
            "type": self.type,
            "id": self.id,
        }
        return {**attributes, "tenant": self.tenant} if self.tenant else attributes


def _digest(verified: Verified) -> str:
    # The time of signing is part of it: two pings with the same body are two events.
    head = f"{verified.provider}\n{verified.timestamp}\n".encode()
    return hashlib.sha256(head + verified.body).hexdigest()


def rfc3339(seconds: float) -> str:
    """The moment (seconds since 1970) as CloudEvents writes it, to the millisecond."""
    import time

    whole = int(seconds)
    milliseconds = int((seconds - whole) * 1000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole)) + f".{milliseconds:03d}Z"


def _content_type(verified: Verified) -> str:
    stated = verified.content_type
    if stated and stated.isprintable():
        return stated
    return "application/json" if verified.is_json else "application/octet-stream"


def _is_json(content_type: str) -> bool:
    essence = content_type.partition(";")[0].strip().lower()
    return essence in ("application/json", "text/json") or essence.endswith("+json")


def _plain(header: str) -> str:
    return "".join(character for character in header.lower() if character.isalnum())


def _data_of(text: str, document: Mapping[str, object]) -> bytes:
    if "data_base64" in document:
        return binascii.a2b_base64(str(document["data_base64"]), strict_mode=True)
    # ``data`` stands last, so the exact characters are what lies between here and the end.
    opening = _encode({name: value for name, value in document.items() if name != "data"})[:-1]
    marker = f'{opening},"data":'
    if not text.startswith(marker):
        raise ValueError("not written by Hookproof")
    return text[len(marker) : -1].encode()
