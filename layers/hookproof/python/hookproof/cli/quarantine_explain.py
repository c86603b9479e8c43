"""A record of the quarantine as a case for ``hookproof.explain``, and the report in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hookproof.cli.output import mark, paint, print_facts, print_json
from hookproof.errors import ConfigurationError, HookproofError
from hookproof.explain import Case, Report
from hookproof.keys import Secret
from hookproof.operations.deployment import Deployment
from hookproof.operations.records import Record
from hookproof.operations.secrets import Secrets, Stored
from hookproof.schemes import Fetch
from hookproof.source_settings import SourceSettings


def case_of(secrets: Secrets, record: Record, deployment: Deployment, fetch: Fetch) -> Case:
    """The case: as of the arrival, with all secrets that there are. Raises: ConfigurationError."""
    stored = secrets.get(record.source)
    settings = SourceSettings.from_text(record.source, stored.current)
    source = stored.source(overlap=deployment.overlap)
    own = _secrets(settings, record.tenant)
    others = _others(secrets, record)
    for tenant in settings.tenants:
        if tenant != record.tenant:
            others[f"{record.source}/{tenant}"] = settings.tenants[tenant][0]
    placed = source.for_tenant(record.tenant) if record.tenant else source
    return Case(
        request=placed.public(record.request),
        provider=settings.provider,
        secrets=own,
        now=record.arrived,
        tolerance=settings.tolerance,
        retired=_retired(stored, record.tenant),
        others=others,
        fetch=fetch,
    )


def print_report(report: Report, *, as_json: bool) -> None:
    """Print the verdict, the causes and what to change; no secret and no signature."""
    if as_json:
        print_json(dict(report.to_json()))
        return
    good = report.verdict == "valid"
    print(f"{mark(good=good)} {report.verdict}" + (f": {report.reason}" if report.reason else ""))
    for cause in report.causes:
        print(paint(f"  {cause.code}", "strong"))
        print_facts([("cause", cause.text), ("fix", cause.fix), ("where", cause.difference or "")])
    if not report.causes:
        print_facts([("why", report.message), ("ruled out", ", ".join(report.ruled_out))])
    print(paint(f"  {report.tried} combinations tried", "faint"))


def _secrets(settings: SourceSettings, tenant: str | None) -> tuple[Secret, ...]:
    return settings.secrets if tenant is None else settings.tenants.get(tenant, ())


def _retired(stored: Stored, tenant: str | None) -> tuple[Secret, ...]:
    if stored.previous is None:
        return ()
    try:
        return _secrets(SourceSettings.from_text(stored.name, stored.previous), tenant)
    except ConfigurationError:
        return ()


def _others(secrets: Secrets, record: Record) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in secrets.names():
        if name == record.source:
            continue
        try:
            settings = SourceSettings.from_text(name, secrets.get(name).current)
        except HookproofError:
            continue
        found.update(_named(name, settings))
    return found


def _named(name: str, settings: SourceSettings) -> Mapping[str, Secret]:
    main = {name: settings.secrets[0]} if settings.secrets else {}
    return {**main, **{f"{name}/{one}": few[0] for one, few in settings.tenants.items()}}
