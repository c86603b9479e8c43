"""The part of structured fields that HTTP Message Signatures use, strictly.

A dictionary of inner lists with parameters, byte sequences, or items. Values keep the text in
which they were written, since that text is what is signed. Source: RFC 9651 (RFC 8941).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from hookproof.values import frozen

_KEY = r"[a-z*][a-z0-9_.*-]*"
_STRING = r'"(?:[ !#-\[\]-~]|\\["\\])*"'
_INTEGER = r"-?[0-9]{1,15}"
_BYTES = r":[A-Za-z0-9+/=]*:"
_WORD = r"[A-Za-z*][!#$%&'*+.^_`|~0-9A-Za-z:/-]*"
_BARE = rf"(?:{_STRING}|{_INTEGER}|{_BYTES}|\?[01]|{_WORD})"
_PARAMETERS = rf"(?:; *{_KEY}(?:={_BARE})?)*"
_INNER = rf"\( *(?:{_STRING}{_PARAMETERS}(?: +{_STRING}{_PARAMETERS})* *)?\)"
_MEMBER = re.compile(rf"({_KEY})=({_INNER}{_PARAMETERS}|{_BYTES}{_PARAMETERS})")
_PARAMETER = re.compile(rf"; *({_KEY})(?:=({_BARE}))?")
_COMPONENT = re.compile(rf"({_STRING})({_PARAMETERS})")
MAX_LENGTH = 8192


@frozen
class InnerList:
    """An inner list: its items as ``(name, parameters, text)``, its parameters and its text."""

    items: tuple[tuple[str, Mapping[str, str], str], ...]
    parameters: Mapping[str, str]
    text: str


def parse_dictionary(text: str) -> dict[str, str]:
    """Members by name, each as the text of its value. Raises: ValueError.

    >>> parse_dictionary('a=:aGk=:, b=("x");k=1')
    {'a': ':aGk=:', 'b': '("x");k=1'}
    """
    if len(text) > MAX_LENGTH:
        raise ValueError("longer than any signature field")
    members: dict[str, str] = {}
    rest = text.strip(" ")
    while rest:
        match = _MEMBER.match(rest)
        if match is None or match[1] in members:
            raise ValueError("not a dictionary of structured fields")
        members[match[1]] = match[2]
        rest = rest[match.end() :].lstrip(" \t")
        if rest and not rest.startswith(","):
            raise ValueError("expected a comma between members")
        if rest and not rest[1:].strip(" \t"):
            raise ValueError("nothing behind the last comma")
        rest = rest[1:].lstrip(" \t")
    return members


def parse_inner_list(text: str) -> InnerList:
    """The inner list of strings that a member's text writes. Raises: ValueError."""
    inside, bracket, after = _split_list(text)
    if not bracket:
        raise ValueError("not an inner list")
    items = tuple(
        (unquote(match[1]), parse_parameters(match[2]), match[0])
        for match in _COMPONENT.finditer(inside)
    )
    return InnerList(items=items, parameters=parse_parameters(after), text=text)


def parse_parameters(text: str) -> dict[str, str]:
    """Parameters by name, each as its text; ``?1`` where it has no value. Raises: ValueError."""
    parameters: dict[str, str] = {}
    for match in _PARAMETER.finditer(text):
        if match[1] in parameters:
            raise ValueError(f"parameter {match[1]} stands twice")
        parameters[match[1]] = match[2] or "?1"
    return parameters


def unquote(text: str) -> str:
    """The value of a string item; other items as they are."""
    return re.sub(r'\\(["\\])', r"\1", text[1:-1]) if text.startswith('"') else text


def _split_list(text: str) -> tuple[str, str, str]:
    # A bracket inside a string does not end the list.
    match = re.fullmatch(rf"({_INNER})({_PARAMETERS})", text)
    return (match[1][1:-1], ")", match[2]) if match else (text, "", "")
