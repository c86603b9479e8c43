"""``hookproof sources rotate`` and ``finish-rotation``."""

from __future__ import annotations

import argparse
import time

from hookproof.cli import DONE
from hookproof.cli.ask_secret import given_secret, say_where
from hookproof.cli.aws_options import deployment_of
from hookproof.cli.output import age, mark, utc
from hookproof.cli.source_store import store_change
from hookproof.errors import ConfigurationError
from hookproof.operations.deployment import Deployment
from hookproof.operations.previous_use import previous_use
from hookproof.operations.secrets import Secrets, Stored
from hookproof.operations.source_document import (
    MAIN,
    check,
    document_of,
    newest_only,
    secrets_at,
    with_secrets,
    written,
)

_POLL_SECONDS = 15
_QUIET_SECONDS = 900  # without a use of the old secret, it is taken to be out of use
_RECENTLY = 3600


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
    say_where(provider)
    new = given_secret(args, provider)
    if new is None:
        raise ConfigurationError("expected a new secret")
    if new in before:
        raise ConfigurationError("the new secret is one that the source has already")
    changed = with_secrets(document, place, new if isinstance(new, list) else [new])
    store_change(args, deployment, secrets, stored, changed)
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


def _wait(deployment: Deployment) -> None:
    # A function that looked just before the change looks again only after this time.
    seconds = deployment.seconds("SECRET_REFRESH_SECONDS", 10)
    print(f"  waiting {seconds:.0f} s, until every function takes both", flush=True)
    time.sleep(seconds)


def _refuse_if_used(deployment: Deployment, stored: Stored) -> None:
    now = time.time()
    counted_from = stored.rotated_at + deployment.seconds("SECRET_MAX_AGE", 300)
    if now < counted_from:
        raise ConfigurationError(
            "functions may still remember the old secret as the current one, so nobody knows yet"
            f" whether it is in use: try again after {utc(counted_from)}, or say --force"
        )
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
