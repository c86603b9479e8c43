"""What one delivery loads: asserted by name, since milliseconds differ between machines."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.aws.fault_server import Exchange, FaultServer, answer
from tests.aws.strict_sqs import StrictQueue
from tests.functions import rie
from tests.functions.ingest_stack import GITHUB, event, github

# Heavy, or no business of a delivery that is signed with an HMAC.
UNWANTED = (
    "boto3",
    "botocore",
    "pydantic",
    "cryptography",
    "argparse",
    "moto",
    "rich",
    "requests",
    "urllib3",
    "http.client",
    "ssl",
    "asyncio",
    "email",
    "aws_xray_sdk",
    "aws_lambda_powertools.logging",
    "aws_lambda_powertools.tracing",
    "ast",
    "dis",
    "gzip",
    "inspect",
    "jmespath",
    "typing_extensions",
    "hookproof.asymmetric",
    "hookproof.aws.dynamodb",
    "hookproof.aws.quarantine",
    "hookproof.cli",
    "hookproof.explain",
    "hookproof.local",
)
PARTS = ("IngestFunction", "HookproofLayer/python", "DependenciesLayer/python")
# What the handler and one delivery load, the standard library included: each is a file to find
# and run in every cold start.
MOST_MODULES = 130
PROGRAM = """
import json, sys
at_start = set(sys.modules)
import app
at_import = [name for name in sys.modules if name not in at_start]
result = app.handler(json.loads(sys.argv[1]), None)
afterwards = [name for name in sys.modules if name not in at_start]
print(json.dumps([result["statusCode"], at_import, afterwards]))
"""


@pytest.fixture(scope="module")
def loaded(built: Path) -> tuple[list[str], list[str]]:
    """The modules that are there after the import, and after one delivery, in a new process.

    The built function's, before whatever is installed for the tests.
    """
    if reason := rie.unsupported():
        pytest.skip(reason)
    queue = StrictQueue(now=lambda: 0.0)
    secret = answer(200, {"SecretString": GITHUB, "CreatedDate": 1.0})

    def serve(exchange: Exchange) -> None:
        is_queue = exchange.request.headers["x-amz-target"].startswith("AmazonSQS.")
        (queue.behave if is_queue else secret)(exchange)

    request = event("github", github(b"{}"), b"{}")
    with FaultServer(serve) as server:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, json.dumps(request)],
            env={
                "PYTHONPATH": ":".join(str(built / part) for part in PARTS),
                "AWS_REGION": "eu-west-1",
                "AWS_ACCESS_KEY_ID": "a",
                "AWS_SECRET_ACCESS_KEY": "b",
                "AWS_ENDPOINT_URL": server.url,
                "QUEUE_URL": f"{server.url}/1/q",
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert done.returncode == 0, done.stderr
    status, at_import, afterwards = json.loads(done.stdout.splitlines()[-1])
    assert (status, len(queue.messages)) == (200, 1)
    return at_import, afterwards


def unwanted(modules: list[str]) -> set[str]:
    return {
        name
        for name in modules
        if any(name == one or name.startswith(one + ".") for one in UNWANTED)
    }


def test_importing_the_handler_loads_nothing_heavy(loaded: tuple[list[str], list[str]]) -> None:
    assert unwanted(loaded[0]) == set()


def test_a_delivery_loads_nothing_heavy(loaded: tuple[list[str], list[str]]) -> None:
    assert unwanted(loaded[1]) == set()


def test_what_a_delivery_needs_is_loaded_before_it_comes(
    loaded: tuple[list[str], list[str]],
) -> None:
    """Only the scheme of the source's provider is left to load with the first delivery."""
    late = [name for name in loaded[1] if name not in loaded[0]]
    assert [name for name in late if not name.startswith("hookproof.schemes")] == []


def test_a_delivery_loads_few_modules(loaded: tuple[list[str], list[str]]) -> None:
    assert len(loaded[1]) <= MOST_MODULES, sorted(loaded[1])


def test_the_heavy_ones_could_be_loaded_here() -> None:
    """Where they are not installed, the tests above would pass whatever the code did."""
    heavy = ("boto3", "botocore", "pydantic", "cryptography", "moto", "rich")
    assert [name for name in heavy if find_spec(name) is None] == []
