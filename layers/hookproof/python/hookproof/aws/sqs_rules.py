"""What SQS takes: sizes in bytes, legal characters, identifiers. Checked before anything is sent.

Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
and the reference of SendMessage.
"""

import re
from collections.abc import Mapping
from functools import cached_property
from hashlib import sha256

from hookproof.values import field, frozen

MAX_BYTES = 1_048_576
MAX_ATTRIBUTES = 10
# Longer values are of no use to filters, and would crowd out the body.
_MAX_VALUE_BYTES = 1024
# What is not a Char of XML 1.0 §2.2. Compiled when an attribute first needs it.
_ILLEGAL = "[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]"
# The same for text that has a form in UTF-8, and so no surrogates: five times as fast to look for.
_CONTROLS = bytes([*range(9), 11, 12, *range(14, 32)])
_NONCHARACTERS = ("\ufffe", "\uffff")
_IDENTIFIER = re.compile("[!-~]{1,128}")  # ASCII letters, digits and punctuation


# ``DataType`` and ``StringValue``, as SendMessage takes them.
Attribute = Mapping[str, str]


@frozen
class Message:
    """What goes into one SendMessage."""

    body: str = field(repr=False)
    attributes: Mapping[str, Attribute]

    @cached_property
    def octets(self) -> bytes:
        """The body in UTF-8. Raises UnicodeEncodeError for half of a surrogate pair."""
        return self.body.encode()

    @property
    def size(self) -> int:
        """Bytes as SQS counts them: the body, and each attribute's name, type and value."""
        attributes = sum(
            len((name + one["DataType"] + one["StringValue"]).encode())
            for name, one in self.attributes.items()
        )
        return len(self.octets) + attributes

    @property
    def fits(self) -> bool:
        """Whether SQS takes the message as it is."""
        return self._is_legal and self.size <= MAX_BYTES

    @property
    def _is_legal(self) -> bool:
        try:
            octets = self.octets
        except UnicodeEncodeError:
            return False
        if len(octets.translate(None, _CONTROLS)) < len(octets):
            return False
        return not any(one in self.body for one in _NONCHARACTERS)


def text_attributes(values: Mapping[str, str]) -> dict[str, Attribute]:
    """Return String attributes of the values that can be one.

    An empty or overlong value is left out, an illegal character replaced: the envelope has the
    exact values, attributes are for filters.
    """
    legal = {
        name: value if value.isprintable() else re.sub(_ILLEGAL, "\ufffd", value)
        for name, value in values.items()
    }
    return {
        name: {"DataType": "String", "StringValue": value}
        for name, value in legal.items()
        if value and len(value.encode()) <= _MAX_VALUE_BYTES
    }


def identifier(text: str) -> str:
    """Return the text where it may be a deduplication or group id, else a digest of it."""
    if _IDENTIFIER.fullmatch(text):
        return text
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
