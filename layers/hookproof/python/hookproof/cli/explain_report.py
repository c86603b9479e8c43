"""The report of ``hookproof explain`` for people."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.cli.output import mark, paint, print_facts, printable
from hookproof.cli.requests import Captured
from hookproof.explain import Case, Report

_SURE = 0.85
_GROUPS = ("secret", "body", "url", "signature", "header", "wrong", "clock", "timestamp")


def print_report(report: Report, case: Case, captured: Captured) -> None:
    """Print the verdict, the causes and what to change; or what was ruled out and what to do."""
    good = report.verdict != "invalid"
    style = "good" if good else "bad"
    reason = f": {report.reason}" if report.reason else ""
    print(f"{mark(good=good)} {paint(report.verdict, style)}{reason}")
    if report.verdict == "valid":
        print_facts([("what", f"{case.provider.name} sent this; {report.message}")])
        return
    for cause in report.causes:
        likely = "" if cause.confidence >= _SURE else f" (confidence {cause.confidence:.1f})"
        print(f"\n  {paint(cause.code, 'strong')}{likely}")
        print_facts(
            [
                ("cause", printable(cause.text)),
                ("fix", cause.fix),
                ("differs", printable(cause.difference or "")),
            ]
        )
    if not report.causes:
        _print_none(report, case, captured)
    print(paint(f"\n  {_count(report)}", "faint"))


def _print_none(report: Report, case: Case, captured: Captured) -> None:
    print_facts(
        [
            ("why", printable(report.message)),
            ("read as", f"{captured.form}, body of {len(case.request.body)} bytes"),
        ]
    )
    print("\n  No cause fits: nobody with these secrets signed this request, in no form tried.")
    print_facts([("ruled out", "\n".join(_grouped(report.ruled_out)))])
    print("\n  What to capture next:")
    for advice in _advice(report, case):
        print(f"    - {advice}")


def _count(report: Report) -> str:
    words = "combination" if report.tried == 1 else "combinations"
    rest = "" if report.complete else "; the time was up before all had their turn (--seconds)"
    return f"{report.tried} {words} tried{rest}"


def _grouped(codes: tuple[str, ...]) -> Iterator[str]:
    """The codes by what they are about, a line for each."""
    left = list(codes)
    for group in _GROUPS:
        named = [code for code in left if code.startswith(f"{group}_")]
        left = [code for code in left if code not in named]
        if named:
            yield ", ".join(named)
    if left:
        yield ", ".join(left)


def _advice(report: Report, case: Case) -> Iterator[str]:
    """What would tell more, by what the provider signs and the request lacks."""
    covers = case.covers
    if report.reason == "signature_missing":
        yield "every header as it came: a proxy may drop what it does not know"
        yield "who sends this: `hookproof identify` with the same REQUEST"
    if covers & {"body", "form", "xml"}:
        yield "the raw body before any parser or logger, as body_base64: a log may cut or change it"
    missing = [name for name in _headers(case) if name not in case.request.headers]
    if missing:
        yield f"headers that are signed, and are not in this request: {', '.join(missing)}"
    if covers & {"url", "path", "target", "authority", "query", "raw_query"}:
        yield "the URL exactly as the provider has it: try it with --url"
    yield f"the secret once more, from where `hookproof providers {case.provider.id}` says it is"
    yield "the secrets of your other endpoints: try them with --other-secret-file"
    yield "a delivery sent anew: if that verifies, this one was not the provider's"


def _headers(case: Case) -> list[str]:
    places = [
        component
        for scheme in case.provider.schemes[:1]
        for component in (
            *(scheme.base.components if scheme.base else ()),
            *([scheme.timestamp.place] if scheme.timestamp else []),
        )
    ]
    names = [one.name for one in places if one.kind == "header" and one.name not in ("", "*")]
    return list(dict.fromkeys(name for name in names if not name.startswith("$")))
