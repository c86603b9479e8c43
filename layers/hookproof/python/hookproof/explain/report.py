"""Report: the verdict on one request, and the causes that recomputation has confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


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

    ``ruled_out`` are the codes that were tested in vain, ``tried`` how many combinations.
    """

    verdict: str
    reason: str | None
    message: str
    causes: tuple[Cause, ...] = ()
    ruled_out: tuple[str, ...] = ()
    tried: int = 0
    complete: bool = True

    def to_json(self) -> Mapping[str, object]:
        """The stable form of the report: no secret, no expected signature, no body."""
        return {
            "verdict": self.verdict,
            "reason": self.reason,
            "causes": [cause.to_json() for cause in self.causes],
            "ruled_out": list(self.ruled_out),
            "tried": self.tried,
        }


def difference(signed: bytes, received: bytes) -> str | None:
    """Where two texts differ, in a line for people; None where they do not."""
    if signed == received:
        return None
    pairs = enumerate(zip(signed, received, strict=False))
    at = next((i for i, (a, b) in pairs if a != b), min(len(signed), len(received)))
    return (
        f"byte {at}: signed {_excerpt(signed, at)}, received {_excerpt(received, at)}"
        f" ({len(signed)} bytes signed, {len(received)} received)"
    )


def _excerpt(text: bytes, at: int) -> str:
    return repr(text[max(0, at - 8) : at + 12])[1:] if at < len(text) else "nothing more"
