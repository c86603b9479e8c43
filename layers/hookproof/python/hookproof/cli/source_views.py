"""``hookproof sources list`` and ``show``."""

from __future__ import annotations

import argparse
import time
from typing import Any

from hookproof.cli import DONE
from hookproof.cli.ask_secret import where_to_find
from hookproof.cli.aws_options import deployment_of
from hookproof.cli.output import (
    age,
    paint,
    print_facts,
    print_json,
    print_table,
    printable,
    utc,
)
from hookproof.errors import HookproofError
from hookproof.operations.deployment import Deployment
from hookproof.operations.previous_use import previous_use
from hookproof.operations.secrets import Secrets, Stored
from hookproof.operations.source_document import document_of, shown


def list_all(args: argparse.Namespace) -> int:
    """Print the sources, one a line."""
    deployment = deployment_of(args)
    secrets = Secrets(deployment)
    found = [_summary(deployment, secrets.get(name)) for name in secrets.names()]
    if args.json:
        print_json(found)
    elif not found:
        print("No sources yet: `hookproof sources add stripe` adds one.")
    else:
        header = ("SOURCE", "PROVIDER", "TENANTS", "SECRET CHANGED", "PREVIOUS SECRET")
        print_table(header, [_row(one) for one in found])
    return DONE


def show(args: argparse.Namespace) -> int:
    """Print everything that is known of a source, but its secrets."""
    deployment = deployment_of(args)
    stored = Secrets(deployment).get(args.name)
    summary = _summary(deployment, stored)
    use = _use(deployment, stored) if summary["previous_until"] else None
    if args.json:
        print_json({**summary, "previous_used": use})
        return DONE
    settings = summary["settings"]
    print(paint(args.name, "strong"))
    print_facts(
        [
            ("provider", summary["provider"]),
            ("URL", summary["url"] or "(the stack's outputs do not say)"),
            ("tenants", ", ".join(settings["tenants"])),
            ("secrets", str(settings["secrets"] or "")),
            *((key, printable(str(settings[key]))) for key in _OPTIONAL if key in settings),
            ("changed", f"{summary['changed']}, {age(time.time() - stored.rotated_at)}"),
            ("previous", _previous_words(summary, use)),
            ("at fault", summary["fault"] or ""),
            ("where", _guide(stored, deployment)),
        ]
    )
    return DONE


_OPTIONAL = ("tolerance", "queue", "group", "confirm")


def url_of(deployment: Deployment, stored: Stored, tenant: str | None = None) -> str | None:
    """The URL to paste into the provider's console; None where nothing says it."""
    own = document_of(stored.name, stored.current).get("url")
    base = own or (f"{deployment.endpoint}{stored.name}" if deployment.endpoint else None)
    if base is None or tenant is None:
        return base
    return base.replace("{tenant}", tenant) if "{tenant}" in base else f"{base}/{tenant}"


def _summary(deployment: Deployment, stored: Stored) -> dict[str, Any]:
    fault, provider = None, ""
    try:
        provider = stored.source(overlap=deployment.overlap).provider.id
        settings = shown(document_of(stored.name, stored.current))
    except HookproofError as error:
        fault, settings = str(error), {"tenants": {}, "secrets": 0}
    overlaps = stored.in_overlap(overlap=deployment.overlap, now=time.time())
    return {
        "source": stored.name,
        "provider": provider,
        "url": None if fault else url_of(deployment, stored),
        "changed": utc(stored.rotated_at),
        "previous_until": utc(stored.rotated_at + deployment.overlap) if overlaps else None,
        "previous_counted_from": utc(stored.rotated_at + deployment.seconds("SECRET_MAX_AGE", 300))
        if overlaps
        else None,
        "settings": {key: value for key, value in settings.items() if key != "scheme"},
        "fault": fault,
    }


def _row(summary: dict[str, Any]) -> tuple[str, ...]:
    until = summary["previous_until"]
    return (
        summary["source"],
        f"! {summary['fault']}" if summary["fault"] else summary["provider"],
        str(len(summary["settings"]["tenants"]) or ""),
        summary["changed"],
        f"valid until {until}" if until else "",
    )


def _use(deployment: Deployment, stored: Stored) -> dict[str, Any]:
    use = previous_use(deployment, stored.name, since=stored.rotated_at, now=time.time())
    return {"count": use.count, "last": None if use.last is None else utc(use.last)}


def _previous_words(summary: dict[str, Any], use: dict[str, Any] | None) -> str:
    if use is None:
        return "none that counts"
    used = f"used {use['count']} times, last {use['last']}" if use["count"] else "no use counted"
    # Until then, functions that remember the old secret take it for the current one.
    counted = f"counted in full from {summary['previous_counted_from']} on"
    return f"valid until {summary['previous_until']}; {used} ({counted})"


def _guide(stored: Stored, deployment: Deployment) -> str:
    try:
        return where_to_find(stored.source(overlap=deployment.overlap).provider)
    except HookproofError:
        return ""
