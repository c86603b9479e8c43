"""Top-level package of Powertools, with its parts loaded when they are asked for.

Upstream's loads Logger and Tracer for whoever wants Metrics: 18 ms of a cold start's CPU. This one
stands in its place in the built layer, put there by trim.py. It leaves boto3's User-Agent alone.
"""

import logging
from importlib import import_module

from aws_lambda_powertools.shared.functions import powertools_debug_is_set
from aws_lambda_powertools.shared.version import VERSION

__version__ = VERSION
__author__ = """Amazon Web Services"""

_PARTS = {
    "Logger": "logging",
    "Metrics": "metrics",
    "Tracer": "tracing",
    "single_metric": "metrics",
}
__all__ = list(_PARTS)


def __getattr__(name: str) -> object:
    if name == "PACKAGE_PATH":
        from pathlib import Path

        return Path(__file__).parent
    if name not in _PARTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PARTS[name]}"), name)


if powertools_debug_is_set():
    from aws_lambda_powertools.package_logger import set_package_logger_handler

    set_package_logger_handler()
else:
    logging.getLogger(__name__).addHandler(logging.NullHandler())
    logging.getLogger(__name__).propagate = False
