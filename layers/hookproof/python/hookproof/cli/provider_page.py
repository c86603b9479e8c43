"""All that is known of one provider, on a page; and the page of all of them, as Markdown."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence

from hookproof.cli.catalogue import Entry, document_of
from hookproof.cli.output import paint
from hookproof.cli.scheme_words import describe, listed, place, ways

ESTABLISHED = {
    "sdk": "from the provider's own SDK",
    "docs": "from the provider's own documentation",
    "third-party": "from other people's code only",
    "custom": "from its author",
}
_WIDTH = 98
_MARK = re.compile(r"\s+|- |\(\d+\) ")
_ORDINARY_CHECKS = frozenset({"when", "verified", "require", "refused", "keep"})


def print_page(entry: Entry) -> None:
    """Print the page in sections, wrapped."""
    provider = entry.provider
    print(paint(provider.name, "strong"))
    print(f"{entry.id}  ·  {provider.category}  ·  {', '.join(entry.schemes)}")
    if entry.aliases:
        print(f"also called {', '.join(entry.aliases)}")
    for title, lines in sections(entry):
        print(f"\n{paint(title, 'name')}")
        for line in lines:
            print(_wrapped(line))


def _wrapped(line: str) -> str:
    """The line, wrapped under what follows its mark: ``- ``, ``(1) `` or blanks."""
    start = _MARK.match(line)
    return textwrap.fill(
        line,
        _WIDTH,
        initial_indent="  ",
        subsequent_indent="  " + " " * (start.end() if start else 0),
        break_long_words=False,
        break_on_hyphens=False,
    )


def sections(entry: Entry) -> Iterator[tuple[str, list[str]]]:
    """The titles and lines of the page; only sections that have something to say."""
    document, guide = document_of(entry.provider), entry.provider.guide
    every = (
        ("How it signs", _signing(document)),
        ("Notes", _texts(guide, "notes")),
        ("The secret", _secret(entry)),
        ("Set-up", _texts(guide, "set_up")),
        ("The event", _event(document.get("event"))),
        ("Handshakes", [_handshake(one) for one in listed(document.get("handshakes"))]),
        ("The answer", _answer(document, guide)),
        ("Quirks", [f"- {quirk}" for quirk in _texts(guide, "quirks")]),
        ("How it is established", _established(entry)),
        ("Documentation", _texts(guide, "docs")),
    )
    yield from ((title, lines) for title, lines in every if lines)


def markdown(entries: Sequence[Entry]) -> str:
    """The page of all providers: a table for each category."""
    proven = sum(1 for entry in entries if entry.vectors)
    parts = [_MARKDOWN_HEAD.format(count=len(entries), proven=proven)]
    for category in sorted({entry.provider.category for entry in entries}):
        rows = [_row(entry) for entry in entries if entry.provider.category == category]
        parts.append(f"## {category}\n\n{_TABLE_HEAD}\n" + "\n".join(rows) + "\n")
    return "\n".join(parts)


_MARKDOWN_HEAD = """\
# Providers

<!-- Written by scripts/catalogue.py out of the catalogue itself; not to be edited. -->

{count} providers, {proven} of them proven by test vectors from elsewhere: documentation, the
provider's own SDK, or its sample code. `hookproof providers ID` says all that is known of one.

**Established** says how the scheme is known: `sdk` read in the provider's own SDK, `docs` by its
own documentation, `third-party` by other people's code only. **Proven** is the number of test
vectors with genuine deliveries.
"""
_TABLE_HEAD = """\
| Provider | Id | Scheme | Signature | Handshake | Established | Proven |
|---|---|---|---|---|---|---|"""


def _row(entry: Entry) -> str:
    provider = entry.provider
    fields = (scheme.signature for scheme in provider.schemes)
    places = ", ".join(
        f"`{one}`" for one in dict.fromkeys(str(one) for field in fields for one in field.places)
    )
    link = next((one for one in _texts(provider.guide, "docs") if one.startswith("https://")), "")
    name = provider.name.replace("|", "\\|")
    cells = (
        f"[{name}]({link})" if link else name,
        f"`{entry.id}`",
        ", ".join(entry.schemes),
        places,
        "yes" if provider.handshakes else "",
        provider.established,
        str(entry.vectors or ""),
    )
    return f"| {' | '.join(cells)} |"


def _signing(document: Mapping[str, object]) -> list[str]:
    every = ways(document)
    if len(every) == 1:
        return describe(every[0])
    described = [describe(way) for way in every]
    shared = [one for one in described[0] if all(one in way for way in described)]
    lines = [*shared, f"In one of {len(every)} ways:"]
    for number, way in enumerate(described, start=1):
        first, *rest = [one for one in way if one not in shared] or ["Just that."]
        lines += [f"({number}) {first}", *(f"    {sentence}" for sentence in rest)]
    return lines


def _secret(entry: Entry) -> list[str]:
    guide = entry.provider.guide
    lines = _texts(guide, "secret")
    lines += [f"It looks like this: {text}" for text in _texts(guide, "secret_shape")]
    names = entry.provider.schemes[0].secret.names
    if names:
        shown = {
            name.rstrip("?"): "…" for name in names if name.rstrip("?") != "secret" or names[1:]
        }
        optional = ", ".join(name.rstrip("?") for name in names if name.endswith("?"))
        may = f"; {optional} may be left out" if optional else ""
        lines.append(f"Its values by name: {json.dumps(shown, ensure_ascii=False)}{may}")
    return lines


def _event(event: object) -> list[str]:
    if not isinstance(event, Mapping):
        return []
    lines = [
        f"Its {key}: {', or '.join(place(one) for one in places)}"
        for key in ("id", "type")
        if (places := listed(event.get(key)))
    ]
    if context := listed(event.get("context")):
        lines.append(f"Headers that go along: {', '.join(map(str, context))}")
    return lines


def _handshake(handshake: object) -> str:
    if not isinstance(handshake, Mapping):
        return str(handshake)
    when = dict(handshake.get("when", {}))
    method = when.pop("method", "a request")
    tests = [_condition(where, expected) for where, expected in when.items()]
    asked = f"{method} with {' and '.join(tests)}" if tests else str(method)
    signed = "" if handshake.get("verified", True) else ", not signed"
    answer = {key: one for key, one in handshake.items() if key not in _ORDINARY_CHECKS}
    if "visit" in answer:
        return (
            f"{asked}{signed}: confirmed by calling {answer['visit']}, where the source allows it"
        )
    said = answer.get("body", json.dumps(answer["json"]) if "json" in answer else "nothing")
    return f"{asked}{signed}: answered {answer.get('status', 200)} with {said}"


def _condition(where: str, expected: object) -> str:
    if isinstance(expected, bool):
        return place(where) if expected else f"no {place(where)}"
    return f"{place(where)} = {expected}"


def _answer(document: Mapping[str, object], guide: Mapping[str, object]) -> list[str]:
    lines = [f"Taken as success: {text}" for text in _texts(guide, "success")]
    if guide.get("deadline_s") is not None:
        lines.append(f"It waits {guide['deadline_s']} s for the answer.")
    if isinstance(response := document.get("response"), Mapping):
        said = response.get("body", json.dumps(response.get("json", "")))
        lines.append(f"Hookproof answers {response.get('status', 200)} with {said}")
    lines += [f"Retries: {text}" for text in _texts(guide, "retry")]
    lines += [f"Limits: {text}" for text in _texts(guide, "limits")]
    return lines + [f"It comes from: {text}" for text in _texts(guide, "ip_ranges")]


def _established(entry: Entry) -> list[str]:
    lines = [f"The scheme is known {ESTABLISHED[entry.provider.established]}."]
    if entry.vectors:
        vectors = "vector" if entry.vectors == 1 else "vectors"
        lines.append(f"Proven by {entry.vectors} test {vectors}; {entry.source}")
    else:
        lines.append("Not proven yet: no signed request from elsewhere has been found to test it.")
    unsourced = _texts(entry.provider.guide, "unsourced")
    if unsourced:
        lines.append(f"Without a source, and so hints only: {', '.join(unsourced)}")
    sdk = entry.provider.guide.get("sdk")
    if isinstance(sdk, Mapping):
        lines.append("SDK: " + ", ".join(f"{key} {value}" for key, value in sdk.items() if value))
    return lines


def _texts(guide: Mapping[str, object], key: str) -> list[str]:
    return [str(one) for one in listed(guide.get(key)) if one]
