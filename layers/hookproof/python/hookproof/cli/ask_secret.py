"""Asking for a source's secret without showing it: from the keyboard, a file or a variable."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
import warnings
from typing import Any

from hookproof.cli.files import read_text, shown
from hookproof.cli.secret_options import secret_of
from hookproof.errors import ConfigurationError
from hookproof.provider import Provider


def add_secret_sources(parser: argparse.ArgumentParser) -> None:
    """Where the secret comes from when it is not asked for."""
    given = parser.add_mutually_exclusive_group()
    given.add_argument("-s", "--secret-file", metavar="F", help="a file with it; - is stdin")
    given.add_argument("--secret-env", metavar="VAR", help="the environment variable that has it")


def given_secret(args: argparse.Namespace, provider: Provider) -> Any:
    """The secret, as it stands in a source's JSON; None for public keys that are fetched.

    Raises: ConfigurationError; what it says never holds the secret.
    """
    if args.secret_file:
        return _checked(secret_of(read_text(args.secret_file), shown(args.secret_file)))
    if args.secret_env:
        where = f"variable {args.secret_env}"
        return _checked(secret_of(os.environ.get(args.secret_env, ""), where))
    if not sys.stdin.isatty():
        if _needs_none(provider):
            return None
        raise ConfigurationError("expected a secret: --secret-file F (- for stdin)")
    return _asked(provider)


def where_to_find(provider: Provider) -> str:
    """Where the provider shows its secret; empty when the catalogue does not know."""
    found = provider.guide.get("secret")
    return found if isinstance(found, str) else ""


def say_where(provider: Provider) -> None:
    """Print where the provider shows its secret, if that is known."""
    if found := where_to_find(provider):
        print(f"{provider.name} shows its secret here: {found}")


def _asked(provider: Provider) -> Any:
    names = provider.schemes[0].secret.names
    if not names:
        text = _typed("Signing secret (not shown)")
        if not text and _needs_none(provider):
            return None
        return secret_of(_checked(text), "the secret")
    may_lack = {name for name in names if name.endswith("?")} | set(
        provider.schemes[0].secret.any_of
    )
    values = {
        name.rstrip("?"): text
        for name in names
        if (
            text := _typed(
                f"{name.rstrip('?')} ({'may be empty' if name in may_lack else 'not shown'})"
            )
        )
    }
    return {name: _checked(text) for name, text in values.items()} or None


def _typed(prompt: str) -> str:
    with warnings.catch_warnings():
        # Where the terminal cannot hide what is typed, it is not typed at all.
        warnings.simplefilter("error", getpass.GetPassWarning)
        try:
            return getpass.getpass(f"{prompt}: ")
        except getpass.GetPassWarning as error:
            raise ConfigurationError(
                "this terminal would show the secret; use --secret-file F"
            ) from error
        except EOFError as error:
            raise ConfigurationError("no secret was given") from error


def _checked(secret: Any) -> Any:
    if isinstance(secret, str):
        if not secret.strip():
            raise ConfigurationError("the secret is empty")
        if secret != secret.strip():
            raise ConfigurationError(
                "the secret begins or ends with white space: a slip in copying"
            )
    return secret


def _needs_none(provider: Provider) -> bool:
    return any(scheme.key_source for scheme in provider.schemes)
