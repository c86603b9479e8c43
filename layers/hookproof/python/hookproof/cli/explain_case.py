"""What ``hookproof explain`` starts from: the request and the secrets, from files or from AWS."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

from hookproof.cli.aws_options import deployment_of
from hookproof.cli.files import parse_json, read_bytes, read_text, shown
from hookproof.cli.http_client import fetch_document
from hookproof.cli.requests import Captured, parse_captured
from hookproof.cli.secret_options import given_document, secret_of
from hookproof.errors import ConfigurationError, HookproofError
from hookproof.explain import Case
from hookproof.keys import Secret
from hookproof.messages import Request
from hookproof.operations.secrets import Secrets, Stored
from hookproof.source_settings import SourceSettings

# Each of them is two calls to AWS, and a whole search of its own.
MAX_OTHER_SOURCES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The request as it was captured. ``is_mislabelled``: its event says base64 of plain text."""

    captured: Captured
    is_mislabelled: bool = False


def given_request(name: str) -> Given:
    """The request in the file, ``-`` for standard input.

    An event whose body is no base64, though it says so, is taken with its body as it stands.
    Raises: ConfigurationError.
    """
    text = read_bytes(name)
    try:
        return Given(captured=parse_captured(text, shown(name)))
    except ConfigurationError:
        event = _event(text)
        if event is None or event.get("isBase64Encoded") is not True:
            raise
        repaired = json.dumps({**event, "isBase64Encoded": False}).encode()
        return Given(captured=parse_captured(repaired, shown(name)), is_mislabelled=True)


def given_case(args: argparse.Namespace, request: Request, now: float) -> Case:
    """The case that the options describe. Raises: ConfigurationError, Unavailable."""
    if args.source:
        case = _stored_case(args, request, now)
    else:
        name, document = given_document(args)
        settings = SourceSettings.from_text(name, json.dumps(document))
        case = _case(settings, args.tenant, request, now)
        case = replace(case, others=_tenants(name, settings, args.tenant))
    others = {**case.others, **dict(map(_named_file, args.other_secret_file))}
    urls = tuple(dict.fromkeys([*args.url, request.url]))
    return replace(case, others=others, urls=urls)


def _stored_case(args: argparse.Namespace, request: Request, now: float) -> Case:
    deployment = deployment_of(args)
    secrets = Secrets(deployment)
    stored = secrets.get(args.source)
    settings = SourceSettings.from_text(stored.name, stored.current)
    case = _case(settings, args.tenant, request, now)
    previous = _previous(stored, args.tenant)
    others = _tenants(stored.name, settings, args.tenant)
    if not args.no_other_sources:
        others.update(_other_sources(secrets, args.source))
    if stored.in_overlap(overlap=deployment.overlap, now=now):
        return replace(case, secrets=(*case.secrets, *previous), others=others)
    return replace(case, retired=previous, others=others)


def _case(settings: SourceSettings, tenant: str | None, request: Request, now: float) -> Case:
    secrets = _secrets(settings, tenant)
    if not secrets and any(scheme.key_source for scheme in settings.provider.schemes):
        # Its public keys are fetched.
        secrets = ({},)
    return Case(
        request=_public(settings, tenant, request),
        provider=settings.provider,
        secrets=secrets,
        now=now,
        tolerance=settings.tolerance,
        fetch=fetch_document,
    )


def _secrets(settings: SourceSettings, tenant: str | None) -> tuple[Secret, ...]:
    if tenant is None:
        return settings.secrets
    if tenant not in settings.tenants:
        raise ConfigurationError(f"--tenant: the source has no tenant {tenant!r}")
    return settings.tenants[tenant]


def _public(settings: SourceSettings, tenant: str | None, request: Request) -> Request:
    """The request at the URL that the source names, as the function takes it."""
    from hookproof.sources import Source

    source = Source(
        name="",
        tenant=tenant,
        settings=settings,
        previous=None,
        previous_until=0,
        verifier=None,
        previous_verifier=None,
    )
    return source.public(request)


def _previous(stored: Stored, tenant: str | None) -> tuple[Secret, ...]:
    if stored.previous is None:
        return ()
    try:
        return _secrets(SourceSettings.from_text(stored.name, stored.previous), tenant)
    except HookproofError:
        # A previous secret that was never right can have signed nothing.
        return ()


def _other_sources(secrets: Secrets, own: str) -> dict[str, Secret]:
    found: dict[str, Secret] = {}
    names = (name for name in secrets.names() if name != own)
    for name in islice(names, MAX_OTHER_SOURCES):
        try:
            stored = secrets.get(name)
            settings = SourceSettings.from_text(name, stored.current)
        except HookproofError:
            # Another source that cannot be read is no reason to explain nothing.
            continue
        found.update(_numbered(name, settings.secrets))
        found.update(_tenants(name, settings, None))
        found.update(_numbered(f"{name} (before its last rotation)", _previous(stored, None)))
    return found


def _tenants(name: str, settings: SourceSettings, own: str | None) -> dict[str, Secret]:
    """The secrets of a source's other tenants, and its own where a tenant was asked for."""
    found = dict(_numbered(name, settings.secrets)) if own is not None else {}
    for tenant, secrets in settings.tenants.items():
        if tenant != own:
            found.update(_numbered(f"{name}, tenant {tenant}", secrets))
    return found


def _numbered(name: str, secrets: tuple[Secret, ...]) -> Iterator[tuple[str, Secret]]:
    for at, secret in enumerate(secrets):
        yield (name if at == 0 else f"{name}, number {at + 1}"), secret


def _named_file(option: str) -> tuple[str, Secret]:
    name, mark, file = option.partition("=")
    if not mark or not name or not file:
        raise ConfigurationError(f"--other-secret-file: expected NAME=FILE; found {option!r}")
    secret = secret_of(read_text(file), shown(file))
    if not isinstance(secret, str | Mapping):
        raise ConfigurationError(f"{file}: expected one secret, not a list of them")
    return name, secret


def _event(text: bytes) -> dict[str, object] | None:
    try:
        document = parse_json(text.decode("utf-8-sig"), "event")
    except (ConfigurationError, UnicodeDecodeError):
        return None
    return document if isinstance(document, dict) and "requestContext" in document else None
