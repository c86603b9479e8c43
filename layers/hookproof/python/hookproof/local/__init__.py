"""The laptop stack: the real handler behind the events that API Gateway would send.

One request goes this way::

    gateway ─► events ─► environments (the handler) ─► results ─► gateway
                              │                                      └► deliveries ─► inspector
                              └► emulated (SQS, S3, Secrets Manager … from the real template)
"""

from __future__ import annotations

from importlib.util import find_spec

from hookproof.errors import ConfigurationError

_NEEDED = ("boto3", "h11", "moto", "rich", "samtranslator")


def require_installed() -> None:
    """Raise ConfigurationError, with the command that helps, when parts are not installed."""
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise ConfigurationError(
            f"the laptop stack needs {', '.join(missing)}:"
            " pip install 'hookproof[aws,crypto,local]'"
        )
