"""``hookproof sources add``, ``rotate``, ``finish-rotation`` and ``remove``."""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Mapping
from typing import Any

from hookproof.cli import DONE
from hookproof.cli.ask_secret import given_secret, where_to_find
from hookproof.cli.aws_options import confirm, deployment_of
from hookproof.cli.files import read_json
from hookproof.cli.output import age, mark, paint, utc
from hookproof.cli.secret_options import known_provider
from hookproof.cli.source_views import url_of
from hookproof.errors import ConfigurationError
from hookproof.operations.deployment import Deployment
from hookproof.operations.previous_use import previous_use
from hookproof.operations.secrets import Secrets, Stored
from hookproof.operations.source_document import (
    MAIN,
    check,
    document_of,
    lost_by,
    newest_only,
    secrets_at,
    with_secrets,
    written,
)
from hookproof.provider import Provider

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_POLL_SECONDS = 15
_QUIET_SECONDS = 900  # without a use of the old secret, it is taken to be out of use
_RECENTLY = 3600


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


def rotate(args: argparse.Namespace) -> int:
    """Store the new secret; the old one stays valid for the overlap."""
    deployment = deployment_of(args)
    secrets = Secrets(deployment)
    stored = secrets.get(args.name)
    document = document_of(args.name, stored.current)
    place = args.tenant or MAIN
    before = secrets_at(document, place)
    if not before:
        whose = f"tenant {args.tenant!r}" if args.tenant else "the source itself"
        raise ConfigurationError(f"{whose} has no secret to rotate; `sources add` gives it one")
    provider = check(args.name, document).provider
    _say_where(provider)
    new = given_secret(args, provider)
    if new is None:
        raise ConfigurationError("expected a new secret")
    if new in before:
        raise ConfigurationError("the new secret is one that the source has already")
    changed = with_secrets(document, place, new if isinstance(new, list) else [new])
    _store(args, deployment, secrets, stored, changed)
    until = utc(time.time() + deployment.overlap)
    print(f"{mark(good=True)} {args.name} has its new secret; the old one is valid until {until}")
    if not args.no_wait:
        _wait(deployment)
    print("  Now make the provider use the new secret, if it does not yet.")
    return _watch(deployment, secrets.get(args.name)) if args.watch else DONE


def finish_rotation(args: argparse.Namespace) -> int:
    """End the previous secret now."""
    deployment = deployment_of(args)
    secrets = Secrets(deployment)
    stored = secrets.get(args.name)
    if stored.in_overlap(overlap=deployment.overlap, now=time.time()) and not args.force:
        _refuse_if_used(deployment, stored)
    document = document_of(args.name, stored.current)
    trimmed = newest_only(document)
    if args.newest_only and trimmed != document:
        check(args.name, trimmed)
        secrets.put(args.name, written(trimmed))
        stored = secrets.get(args.name)
    if stored.previous_id is None:
        print(f"{args.name} has no previous secret: there is nothing to finish.")
        return DONE
    secrets.drop_previous(stored)
    seconds = deployment.seconds("SECRET_MAX_AGE", 300)
    print(
        f"{mark(good=True)} the old secret of {args.name} is out of use; functions that remember it"
        f" forget it within {seconds:.0f} s"
    )
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
        _store(args, deployment, secrets, stored, changed)
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
    _store(args, deployment, secrets, stored, changed)
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
    _say_where(provider)
    secret = given_secret(args, provider)
    if secret is None:
        return dict(document)
    place = args.tenant or MAIN
    return with_secrets(document, place, secret if isinstance(secret, list) else [secret])


def _store(
    args: argparse.Namespace,
    deployment: Deployment,
    secrets: Secrets,
    stored: Stored,
    changed: dict[str, Any],
) -> None:
    """Store a change; what an unfinished rotation still needs is not lost unasked."""
    if stored.previous and stored.in_overlap(overlap=deployment.overlap, now=time.time()):
        current = document_of(args.name, stored.current)
        previous = document_of(args.name, stored.previous)
        lost = lost_by(changed, current=current, previous=previous)
        if lost and not (args.keep_previous or args.drop_previous):
            whose = ", ".join(place or "the source itself" for place in lost)
            raise ConfigurationError(
                f"a rotation is not finished: the old secret of {whose} is valid until"
                f" {utc(stored.rotated_at + deployment.overlap)}, and this change would end it now."
                " Say --keep-previous to keep it, or --drop-previous"
            )
        for place, old in lost.items() if args.keep_previous else ():
            changed = with_secrets(changed, place, [*secrets_at(changed, place), *old])
    check(args.name, changed)
    secrets.put(args.name, written(changed))


def _wait(deployment: Deployment) -> None:
    # A function that looked just before the change looks again only after this time.
    seconds = deployment.seconds("SECRET_REFRESH_SECONDS", 10)
    print(f"  waiting {seconds:.0f} s, until every function takes both", flush=True)
    time.sleep(seconds)


def _refuse_if_used(deployment: Deployment, stored: Stored) -> None:
    now = time.time()
    since = max(stored.rotated_at, now - _RECENTLY)
    use = previous_use(deployment, stored.name, since=since, now=now)
    if use.last is not None:
        raise ConfigurationError(
            f"the old secret was used {use.count} times in the last hour, the last time"
            f" {age(now - use.last)}: such deliveries would be refused. Say --force to end it"
        )


def _watch(deployment: Deployment, stored: Stored) -> int:
    """Tell how the old secret is used until it is not any more, or the overlap ends."""
    known = -1
    while time.time() <= stored.rotated_at + deployment.overlap:
        now = time.time()
        use = previous_use(deployment, stored.name, since=stored.rotated_at, now=now)
        if use.count != known:
            known = use.count
            print(f"  {utc(now)}  old secret used {use.count} times since the rotation", flush=True)
        if now - (use.last or stored.rotated_at) >= _QUIET_SECONDS:
            print(
                f"{mark(good=True)} not used for {_QUIET_SECONDS // 60} minutes; `hookproof sources"
                f" finish-rotation {stored.name}` ends it"
            )
            return DONE
        time.sleep(_POLL_SECONDS)
    print(f"{mark(good=True)} the overlap is over: the old secret counts no more")
    return DONE


def _check_names(args: argparse.Namespace) -> None:
    for what, name in (("the source's name", args.name), ("--tenant", args.tenant)):
        if name is not None and not _NAME.fullmatch(name):
            raise ConfigurationError(
                f"{what}: expected lower-case letters, digits, - and _, at most 64; found {name!r}"
            )


def _say_where(provider: Provider) -> None:
    if found := where_to_find(provider):
        print(f"{provider.name} shows its secret here: {found}")


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
