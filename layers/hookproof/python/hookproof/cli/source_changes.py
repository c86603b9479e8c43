"""``hookproof sources add`` and ``remove``."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping
from typing import Any

from hookproof.cli import DONE
from hookproof.cli.ask_secret import given_secret, say_where
from hookproof.cli.aws_options import confirm, deployment_of
from hookproof.cli.files import read_json
from hookproof.cli.output import mark, paint
from hookproof.cli.secret_options import known_provider
from hookproof.cli.source_store import store_change
from hookproof.cli.source_views import url_of
from hookproof.errors import ConfigurationError
from hookproof.operations.deployment import Deployment
from hookproof.operations.secrets import Secrets, Stored
from hookproof.operations.source_document import (
    MAIN,
    check,
    document_of,
    secrets_at,
    with_secrets,
    written,
)
from hookproof.provider import Provider

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


def add(args: argparse.Namespace) -> int:
    """Store a new source, or a new tenant of one; print where its URL goes."""
    _check_names(args)
    deployment = deployment_of(args)
    secrets = Secrets(deployment)
    if args.tenant and args.name in secrets.names():
        return _add_tenant(args, deployment, secrets)
    if not args.tenant and args.name in secrets.names():
        raise ConfigurationError(
            f"there is a source {args.name!r}; `hookproof sources rotate {args.name}` gives it a"
            " new secret"
        )
    document = _settings(args)
    provider = _provider(args, document)
    document = _with_given(args, provider, document)
    check(args.name, document)
    secrets.create(args.name, written(document))
    _tell_added(args, deployment, secrets.get(args.name), provider)
    return DONE


def remove(args: argparse.Namespace) -> int:
    """Remove a source, restorable for some days, or one tenant of it."""
    deployment = deployment_of(args)
    secrets = Secrets(deployment)
    stored = secrets.get(args.name)
    if args.tenant:
        document = document_of(args.name, stored.current)
        if not secrets_at(document, args.tenant):
            raise ConfigurationError(f"the source {args.name!r} has no tenant {args.tenant!r}")
        confirm(f"Deliveries for tenant {args.tenant} will be answered 404.", yes=args.yes)
        changed = with_secrets(document, args.tenant, [])
        store_change(args, deployment, secrets, stored, changed)
        print(f"{mark(good=True)} tenant {args.tenant} of {args.name} is removed")
        return DONE
    confirm(f"Deliveries to /webhooks/{args.name} will be answered 404.", yes=args.yes)
    secrets.remove(args.name, days=args.recovery_days)
    secret = deployment.secret_prefix + args.name
    print(
        f"{mark(good=True)} {args.name} is removed; for {args.recovery_days} days it can be had"
        f" back: aws secretsmanager restore-secret --secret-id {secret}"
    )
    return DONE


def _add_tenant(args: argparse.Namespace, deployment: Deployment, secrets: Secrets) -> int:
    stored = secrets.get(args.name)
    document = document_of(args.name, stored.current)
    if secrets_at(document, args.tenant):
        raise ConfigurationError(
            f"{args.name} has a tenant {args.tenant!r}; `hookproof sources rotate {args.name}"
            f" --tenant {args.tenant}` gives it a new secret"
        )
    given = [name for name in ("provider", *_SETTINGS, "scheme_file") if getattr(args, name)]
    if given:
        raise ConfigurationError(f"--{given[0].replace('_', '-')}: the source has settings already")
    provider = check(args.name, document).provider
    changed = _with_given(args, provider, document)
    store_change(args, deployment, secrets, stored, changed)
    _tell_added(args, deployment, secrets.get(args.name), provider)
    return DONE


_SETTINGS = ("url", "queue", "group", "tolerance")


def _settings(args: argparse.Namespace) -> dict[str, Any]:
    given = {name: getattr(args, name) for name in _SETTINGS if getattr(args, name) is not None}
    document = {"provider": args.provider or args.name, **given}
    return {**document, "scheme": read_json(args.scheme_file)} if args.scheme_file else document


def _provider(args: argparse.Namespace, document: Mapping[str, Any]) -> Provider:
    if args.scheme_file:
        return Provider.from_json(document["scheme"], id=document["provider"])
    return known_provider(document["provider"])


def _with_given(
    args: argparse.Namespace, provider: Provider, document: Mapping[str, Any]
) -> dict[str, Any]:
    """The document with the secret that is asked for or given."""
    say_where(provider)
    secret = given_secret(args, provider)
    if secret is None:
        return dict(document)
    place = args.tenant or MAIN
    return with_secrets(document, place, secret if isinstance(secret, list) else [secret])


def _check_names(args: argparse.Namespace) -> None:
    for what, name in (("the source's name", args.name), ("--tenant", args.tenant)):
        if name is not None and not _NAME.fullmatch(name):
            raise ConfigurationError(
                f"{what}: expected lower-case letters, digits, - and _, at most 64; found {name!r}"
            )


def _tell_added(
    args: argparse.Namespace, deployment: Deployment, stored: Stored, provider: Provider
) -> None:
    whose = f"{args.name}, tenant {args.tenant}" if args.tenant else args.name
    print(f"{mark(good=True)} {whose} is added")
    url = url_of(deployment, stored, args.tenant)
    if url:
        print(f"  Paste this URL into {provider.name}:\n\n    {paint(url, 'strong')}\n")
    else:
        path = f"/webhooks/{args.name}" + (f"/{args.tenant}" if args.tenant else "")
        print(f"  Its path is {path}")
    print(f"  `hookproof sources test {args.name}` sends a signed sample through it.")
