"""The built application in Docker: `sam local invoke` and `sam local start-api`, for real.

    make sam-local

Builds, starts an emulated AWS where containers can reach it, and sends signed and forged
deliveries both ways. Needs Docker. If the image of Lambda's Python is here already, it is used as
it is. Otherwise SAM fetches it; where no image registry can be reached, SAM_LOCAL_IMAGE_TOOL may
name a program that makes an image of that name.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from moto.server import ThreadedMotoServer
from samcli.yamlhelper import yaml_dump, yaml_parse

import hookproof
from hookproof import consumer
from hookproof.cli import main as command
from hookproof.local import template
from hookproof.local.aws import Deployed, EmulatedAws
from hookproof.messages import Request
from scripts.build_here import PROJECT, architecture, build

BUILT = PROJECT / ".aws-sam" / "here"
TOOLS = Path(sys.executable).parent
HOST = "host.docker.internal"
# Of the emulated AWS.
SECRET, OTHER_SECRET = "whsec_sam_local", "whsec_other"
START_SECONDS = 120.0
Check = tuple[str, int, int]


class ReachableAws(EmulatedAws):
    """The emulated AWS at an address that containers reach as well."""

    def __init__(self, address: str) -> None:
        self._address = address
        super().__init__()

    def _listen(self) -> Any:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        server = ThreadedMotoServer(self._address, 0, verbose=False)
        server.start()
        self._port = server.get_host_and_port()[1]
        return server

    @property
    def endpoint(self) -> str:
        """The address from this machine."""
        return f"http://{self._address}:{self._port}"

    @property
    def endpoint_in_container(self) -> str:
        """The address from a container."""
        return f"http://{HOST}:{self._port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Local:
    """What every `sam local` of one run is given."""

    aws: ReachableAws
    deployed: Deployed
    options: tuple[str, ...]
    environment: dict[str, str] = field(repr=False)

    def queued(self) -> list[bytes]:
        """The bodies of the events that lie in the queue."""
        messages = self.aws.messages(self.deployed.outputs["QueueUrl"])
        return [consumer.parse(message.body).data for message in messages]


def main() -> int:
    """Run everything; 0 only if every answer was right."""
    problem = unready()
    if problem:
        print(f"sam-local: {problem}", file=sys.stderr)
        return 2
    print("Building", flush=True)
    build(BUILT)
    with started() as local:
        checks = [*invoked(local), *served(local)]
        bodies = local.queued()
    wrong = [title for title, wanted, found in checks if wanted != found]
    genuine = sum(wanted == HTTPStatus.OK for _, wanted, _ in checks)
    print(f"{len(checks)} requests, {len(bodies)} events in the queue, {len(wrong)} wrong")
    return 1 if wrong or len(set(bodies)) != genuine else 0


def unready() -> str | None:
    """Why nothing can run in Docker here, None if it can."""
    if not shutil.which("docker") or not docker("info"):
        return "no Docker engine answers; `make run` shows the same system without one"
    tool = os.environ.get("SAM_LOCAL_IMAGE_TOOL")
    if tool and not image_is_here() and subprocess.run([tool], check=False).returncode:
        return f"{tool} made no image"
    return None


def docker(*arguments: str) -> str:
    """What docker printed; nothing when it failed."""
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def image_is_here() -> bool:
    """Whether the image that SAM runs this architecture's functions in is on this machine."""
    names = docker("images", "--format", "{{.Repository}}:{{.Tag}}").splitlines()
    return any(name.endswith(f"lambda/python:3.13-{architecture()}") for name in names)


def bridge_address() -> str:
    """This machine's address in Docker's network: the first of its subnet."""
    subnet = docker("network", "inspect", "bridge", "-f", "{{(index .IPAM.Config 0).Subnet}}")
    return str(next(ip_network(subnet).hosts()))


@contextmanager
def started() -> Iterator[Local]:
    """The emulated AWS with the application's resources and one source."""
    gateway = bridge_address()
    # Elsewhere than on Linux, Docker leads that name to this machine's loopback by itself.
    linux = sys.platform == "linux"
    aws = ReachableAws(gateway if linux else "127.0.0.1")
    try:
        aws.put_secret("hookproof/stripe", SECRET)
        deployed = aws.deploy(template.load(PROJECT, {}))
        options = ["--template", str(with_endpoint(aws.endpoint_in_container))]
        options += ["--env-vars", str(settings(aws, deployed)), "--region", "us-east-1"]
        options += ["--parameter-overrides", f"Architecture={architecture()}"]
        options += ["--add-host", f"{HOST}:{gateway}"] if linux else []
        options += ["--skip-pull-image"] if image_is_here() else []
        environment = {**os.environ, **aws.variables(), "SAM_CLI_TELEMETRY": "0"}
        yield Local(aws=aws, deployed=deployed, options=tuple(options), environment=environment)
    finally:
        aws.stop()


def with_endpoint(endpoint: str) -> Path:
    """The built template, the function's AWS being the emulated one.

    SAM passes on only variables that the template declares.
    """
    document = yaml_parse((BUILT / "template.yaml").read_text("utf-8"))
    properties = document["Resources"]["IngestFunction"]["Properties"]
    properties["Environment"]["Variables"]["AWS_ENDPOINT_URL"] = endpoint
    path = BUILT / "local.yaml"
    path.write_text(yaml_dump(document), "utf-8")
    return path


def settings(aws: ReachableAws, deployed: Deployed) -> Path:
    """The function's settings as the emulated CloudFormation resolved them."""
    values = {
        name: value.replace(aws.endpoint, aws.endpoint_in_container)
        for name, value in deployed.settings.items()
    }
    path = BUILT / "environment.json"
    path.write_text(json.dumps({"IngestFunction": values}), "utf-8")
    return path


def invoked(local: Local) -> Iterator[Check]:
    """Events from `hookproof event`, one by one through `sam local invoke`."""
    for shape in ("http", "rest"):
        event = event_file(shape)
        yield checked(f"invoke, {shape} event", 200, partial(invoke, local, event))
        forged = event_file(shape, secret=OTHER_SECRET)
        yield checked(f"invoke, {shape} event, forged", 401, partial(invoke, local, forged))
    empty = BUILT / "empty.json"
    empty.write_text("{}", "utf-8")
    yield checked("invoke, no HTTP event at all", 400, partial(invoke, local, empty))


def event_file(shape: str, *, secret: str = SECRET) -> Path:
    """A delivery that is signed now, as the event of that shape."""
    file, path = BUILT / "secret.txt", BUILT / f"{shape}-{secret}.json"
    file.write_text(secret, "utf-8")
    body = json.dumps({"id": f"evt_{shape}", "type": "invoice.paid"})
    options = ["--provider", "stripe", "--secret-file", str(file), "--body", body]
    if command(["event", *options, "--format", shape, "--output", str(path)]):
        raise RuntimeError("hookproof event failed")
    return path


def invoke(local: Local, event: Path) -> int:
    """The status that the function answered with; 0 if it answered with none."""
    done = subprocess.run(
        [TOOLS / "sam", "local", "invoke", "IngestFunction", "-e", event, *local.options],
        cwd=PROJECT,
        env=local.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        return int(json.loads(done.stdout.strip().splitlines()[-1])["statusCode"])
    except (ValueError, KeyError, IndexError, TypeError):
        print(done.stdout, done.stderr, sep="\n", file=sys.stderr)
        return 0


def served(local: Local) -> Iterator[Check]:
    """Signed requests over HTTP to `sam local start-api`."""
    with api(local) as base:
        genuine = signed(b'{"id":"evt_api","type":"invoice.paid","note":"caf\xc3\xa9"}')
        forged = signed(b'{"id":"evt_no"}', secret=OTHER_SECRET)
        stale = signed(b'{"id":"evt_old"}', age=3600)
        url = f"{base}/webhooks/stripe"
        yield checked("start-api, genuine", 200, partial(post, url, genuine))
        yield checked("start-api, wrong secret", 401, partial(post, url, forged))
        yield checked("start-api, stale", 401, partial(post, url, stale))
        nobody = f"{base}/webhooks/nobody"
        yield checked("start-api, unknown source", 404, partial(post, nobody, genuine))


@contextmanager
def api(local: Local) -> Iterator[str]:
    """A running `sam local start-api`; yields its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--port", str(port), "--warm-containers", "LAZY", *local.options]
    with (BUILT / "start-api.log").open("wb") as log:
        process = subprocess.Popen(
            [TOOLS / "sam", "local", "start-api", *options],
            cwd=PROJECT,
            env=local.environment,
            stdout=log,
            stderr=log,
        )
    try:
        wait(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def wait(process: subprocess.Popen[bytes], port: int) -> None:
    """Wait until it listens; raises RuntimeError when it ends or never does."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise RuntimeError((BUILT / "start-api.log").read_text("utf-8", "replace"))


def signed(body: bytes, *, secret: str = SECRET, age: float = 0) -> Request:
    """A delivery as Stripe signs it."""
    return hookproof.sign(provider="stripe", body=body, secret=secret, now=time.time() - age)


def post(url: str, request: Request) -> int:
    """The status of the answer."""
    headers = dict(request.headers)
    wanted = urllib.request.Request(url, request.body, headers)  # noqa: S310 - loopback
    try:
        with urllib.request.urlopen(wanted, timeout=60) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def checked(title: str, wanted: int, send: Callable[[], int]) -> Check:
    """Send, and say how it went."""
    found = send()
    print(f"  {'ok ' if found == wanted else 'NOT'} {found}  {title}", flush=True)
    return title, wanted, found


if __name__ == "__main__":
    sys.exit(main())
