"""Hookproof: proves that a webhook is genuine and fresh, whoever sent it.

>>> from hookproof import Headers, Request, sign, verify
>>> request = sign(body=b"{}", provider="stripe", secret="whsec_test", now=1_700_000_000)
>>> verify(request, provider="stripe", secrets="whsec_test", now=1_700_000_000).body
b'{}'
"""

from hookproof.api import sign, verify
from hookproof.errors import (
    ConfigurationError,
    HookproofError,
    Unavailable,
    VerificationError,
)
from hookproof.messages import Headers, Request, Response
from hookproof.provider import Provider
from hookproof.registry import get_provider, provider_ids
from hookproof.verified import Verified
from hookproof.verifier import Verifier

__all__ = [
    "ConfigurationError",
    "Headers",
    "HookproofError",
    "Provider",
    "Request",
    "Response",
    "Unavailable",
    "VerificationError",
    "Verified",
    "Verifier",
    "get_provider",
    "provider_ids",
    "sign",
    "verify",
]
