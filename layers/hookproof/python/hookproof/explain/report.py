"""Report: the verdict on one request, and the causes that recomputation has confirmed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hookproof.values import replace

_BEFORE, _AFTER = 8, 12
_SHOWN_PART = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One cause. ``confidence`` 1.0: with it undone, the signature matches.

    ``difference`` shows where the bytes that were signed differ from those that arrived.
    """

    code: str
    text: str
    fix: str
    confidence: float = 1.0
    difference: str | None = None

    def to_json(self) -> dict[str, object]:
        """The stable form of one cause."""
        return {
            "code": self.code,
            "text": self.text,
            "fix": self.fix,
            "confidence": self.confidence,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """``verdict`` is ``valid``, ``invalid`` or ``handshake``; ``reason`` the verifier's code.

    ``causes``: all of them together make the signature match, save for the last two where both
    speak of the time. ``ruled_out``: the codes that were tested in vain; ``tried``: how many
    combinations; ``complete``: whether there was time for all of them.
    """

    verdict: str
    reason: str | None
    message: str
    causes: tuple[Cause, ...] = ()
    ruled_out: tuple[str, ...] = ()
    tried: int = 0
    complete: bool = True

    def with_cause(self, cause: Cause, *, reason: str) -> Report:
        """The report on a request that had one fault more, found before it could be read."""
        return replace(self, verdict="invalid", reason=reason, causes=(cause, *self.causes))

    def to_json(self) -> Mapping[str, object]:
        """The stable form of the report: no secret, no expected signature, no body."""
        return {
            "verdict": self.verdict,
            "reason": self.reason,
            "causes": [cause.to_json() for cause in self.causes],
            "ruled_out": list(self.ruled_out),
            "tried": self.tried,
        }


def difference(signed: bytes, received: bytes, *, hidden: Sequence[str] = ()) -> str | None:
    """Where two texts differ, in a line for people; None where they do not.

    Of the texts around that place nothing is shown that may be part of a ``hidden`` one.
    """
    if signed == received:
        return None
    pairs = enumerate(zip(signed, received, strict=False))
    at = next((i for i, (a, b) in pairs if a != b), min(len(signed), len(received)))
    excerpts = [_excerpt(text, at, hidden) for text in (signed, received)]
    return (
        f"byte {at}: signed {excerpts[0]}, received {excerpts[1]}"
        f" ({len(signed)} bytes signed, {len(received)} received)"
    )


def _excerpt(text: bytes, at: int, hidden: Sequence[str]) -> str:
    if at >= len(text):
        return "nothing more"
    shown = text[max(0, at - _BEFORE) : at + _AFTER]
    parts = {shown[start : start + _SHOWN_PART] for start in range(len(shown) - _SHOWN_PART + 1)}
    if any(part in one.encode() for part in parts for one in hidden):
        return "(not shown: it may be part of the secret)"
    return repr(shown)[1:]
