"""``--provider``, ``--secret-file`` and their kin: which provider, and by which secret.

A secret is never taken from the command line itself: other users of the machine can read that,
and the shell keeps it.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

from hookproof.cli.files import parse_json, read_text, shown
from hookproof.errors import ConfigurationError, UnknownProvider, UnknownSource
from hookproof.provider import Provider
from hookproof.registry import get_provider
from hookproof.source_settings import SourceSettings
from hookproof.sources import SecretVersions, Source

FORMS_OF_SECRETS = """\
A secret file holds the secret as text (one line end at its end is not part of it), or as JSON: a
list of secrets, newest first, or an object where the provider needs several values. A source
file holds what Secrets Manager would: {"provider": …, "secret": …}, with its own tolerance, url,
tenants or scheme. `hookproof providers ID` says where a provider shows its secret.
"""


def add_secret_options(parser: argparse.ArgumentParser) -> None:
    """The options that say which provider and which secret."""
    group = parser.add_argument_group("provider and secret")
    group.add_argument("-p", "--provider", metavar="P", help="the provider's id, such as stripe")
    secret = group.add_mutually_exclusive_group()
    secret.add_argument("-s", "--secret-file", metavar="F", help="the secret; - is standard input")
    secret.add_argument("--secret-env", metavar="VAR", help="the environment variable that has it")
    secret.add_argument("--source-file", metavar="F", help="a source's secret JSON, as a whole")
    group.add_argument("--tenant", metavar="T", help="the tenant, where the source has tenants")


def given_source(args: argparse.Namespace, **settings: object) -> Source:
    """The source that the options describe, ready to verify; ``settings`` override its own.

    Raises: ConfigurationError.
    """
    name, document = given_document(args)
    text = json.dumps({**document, **settings})
    source = Source.of(name, SecretVersions(current=text))
    try:
        return source.for_tenant(args.tenant) if args.tenant else source
    except UnknownSource as error:
        raise ConfigurationError(f"--tenant: {error}") from error


def given_settings(args: argparse.Namespace) -> SourceSettings:
    """The settings that the options describe, for signing. Raises: ConfigurationError."""
    name, document = given_document(args)
    settings = SourceSettings.from_text(name, json.dumps(document))
    secrets = settings.tenants.get(args.tenant, ()) if args.tenant else settings.secrets
    if not secrets:
        whose = f"tenant {args.tenant!r}" if args.tenant else "the source"
        raise ConfigurationError(f"secret: {whose} has none to sign with")
    return SourceSettings(provider=settings.provider, secrets=secrets, url=settings.url)


def known_provider(name: str) -> Provider:
    """The provider of this id or alias. Raises: ConfigurationError with names that are close."""
    try:
        return get_provider(name)
    except UnknownProvider as error:
        from difflib import get_close_matches

        from hookproof.cli.catalogue import names

        close = get_close_matches(name.lower(), names(), n=3, cutoff=0.6)
        hint = f"did you mean {' or '.join(close)}?" if close else "`hookproof providers` lists all"
        raise ConfigurationError(f"no provider {name!r}; {hint}") from error


def secret_of(text: str, where: str) -> object:
    """The secret that a file's text is: text, a list or an object. Raises: ConfigurationError."""
    text = text.removesuffix("\n").removesuffix("\r")
    if not text.strip():
        raise ConfigurationError(f"{where}: expected a secret; it is empty")
    if not text.lstrip().startswith(("{", "[")):
        return text
    document = parse_json(text, where)
    if isinstance(document, dict) and "provider" in document:
        raise ConfigurationError(f"{where}: a source's whole secret; give it by --source-file")
    return document


def given_document(args: argparse.Namespace) -> tuple[str, dict[str, object]]:
    """The source's name and its secret JSON, its keys not looked at yet.

    Raises: ConfigurationError.
    """
    if args.source_file:
        return _source_document(args)
    if not args.provider:
        raise ConfigurationError("expected --provider P with a secret, or --source-file F")
    provider = known_provider(args.provider)
    if args.secret_env:
        text, where = os.environ.get(args.secret_env, ""), f"variable {args.secret_env}"
    elif args.secret_file:
        text, where = read_text(args.secret_file), shown(args.secret_file)
    elif any(scheme.key_source for scheme in provider.schemes):
        # Its public keys are fetched: there may be no secret at all.
        return provider.id, {"provider": provider.id}
    else:
        raise ConfigurationError("expected a secret: --secret-file F or --secret-env VAR")
    return provider.id, {"provider": provider.id, "secret": secret_of(text, where)}


def _source_document(args: argparse.Namespace) -> tuple[str, dict[str, object]]:
    where = shown(args.source_file)
    text = read_text(args.source_file)
    name = args.provider or Path(args.source_file).stem
    if not text.lstrip().startswith("{"):
        provider = known_provider(name)
        return provider.id, {"provider": provider.id, "secret": secret_of(text, where)}
    document = parse_json(text, where)
    assert isinstance(document, dict)  # noqa: S101 - it starts with a brace, and was parsed
    if args.provider:
        document = {**document, "provider": args.provider}
    if "scheme" not in document:
        known_provider(str(document.get("provider", name)))
    return name, document
