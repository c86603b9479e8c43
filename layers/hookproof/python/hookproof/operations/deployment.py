"""Deployment: what a stack's outputs and its function's settings say of a deployed application."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hookproof.errors import ConfigurationError
from hookproof.operations.account import Account, code_of, explained

DEFAULT_STACK = "hookproof"
_QUEUE_REGION = re.compile(r"https://(?:sqs\.([a-z0-9-]+)\.|([a-z0-9-]+)\.queue\.)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """One deployed stack: its outputs, its parameters, and the settings of its function."""

    account: Account
    name: str
    outputs: Mapping[str, str]
    parameters: Mapping[str, str]
    settings: Mapping[str, str]

    @classmethod
    def of(cls, account: Account, name: str) -> Deployment:
        """Look the stack up. Raises: ConfigurationError, Unavailable."""
        stack = _stack(account, name)
        outputs = {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])}
        function = outputs.get("IngestFunctionName")
        if function is None:
            raise ConfigurationError(f"the stack {name!r} is none of Hookproof's")
        with explained():
            found = account.client("lambda").get_function_configuration(FunctionName=function)
        variables = found.get("Environment", {}).get("Variables", {})
        return cls(
            account=account,
            name=name,
            outputs=outputs,
            parameters={
                one["ParameterKey"]: one.get("ParameterValue", "")
                for one in stack.get("Parameters", [])
            },
            # The emulated Lambda leaves numbers as they are.
            settings={key: str(value) for key, value in variables.items()},
        )

    @property
    def endpoint(self) -> str | None:
        """The URL that a source's name follows, ending in a slash; None where no output says."""
        return self.outputs.get("Endpoint")

    @property
    def queue_url(self) -> str:
        """The queue of verified events."""
        return self.settings.get("QUEUE_URL") or self.outputs["QueueUrl"]

    @property
    def dead_letter_url(self) -> str:
        """The queue of what a consumer failed on."""
        return self.outputs["DeadLetterQueueUrl"]

    @property
    def secret_prefix(self) -> str:
        """What the names of secrets begin with."""
        return self.settings.get("SECRET_PREFIX", "hookproof/")

    @property
    def quarantine_bucket(self) -> str:
        """The bucket with the quarantine. Raises: ConfigurationError when there never was one."""
        bucket = self.settings.get("QUARANTINE_BUCKET") or self.outputs.get("BucketName")
        if not bucket:
            raise ConfigurationError(f"the stack {self.name!r} has no bucket")
        return bucket

    @property
    def keeps_quarantine(self) -> bool:
        """Whether refused deliveries are kept."""
        return bool(self.settings.get("QUARANTINE_BUCKET"))

    def seconds(self, name: str, default: float) -> float:
        """A setting of the function in seconds."""
        text = self.settings.get(name, "")
        return float(text) if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text) else default

    @property
    def overlap(self) -> float:
        """Seconds for which a secret that was rotated away still counts."""
        return self.seconds("PREVIOUS_SECRET_SECONDS", 86_400)

    def client(self, service: str) -> Any:
        """A client in the stack's region."""
        return self.account.client(service)

    def sqs(self, queue_url: str) -> Any:
        """The client for a queue, which may be in a region of its own."""
        named = _QUEUE_REGION.match(queue_url)
        return self.account.client("sqs", (named[1] or named[2]) if named else None)


def _stack(account: Account, name: str) -> Mapping[str, Any]:
    client = account.client("cloudformation")
    with explained():
        try:
            stack: Mapping[str, Any] = client.describe_stacks(StackName=name)["Stacks"][0]
        except client.exceptions.ClientError as error:
            if code_of(error) == "ValidationError":
                raise ConfigurationError(
                    f"no stack {name!r} in region {client.meta.region_name}; name another with"
                    " --stack-name or --region"
                ) from error
            raise
    return stack
