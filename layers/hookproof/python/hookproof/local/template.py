"""The real template.yaml, expanded as SAM does and reduced to what the emulated AWS can make."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hookproof.errors import ConfigurationError

REGION = "us-east-1"
FUNCTION = "IngestFunction"

# What the emulated CloudFormation makes as AWS does. Policies of queues and buckets stay out:
# these demand TLS, and nothing on loopback has it.
_EMULATED = frozenset(
    (
        "AWS::DynamoDB::Table",
        "AWS::IAM::Role",
        "AWS::Lambda::Function",
        "AWS::S3::Bucket",
        "AWS::SQS::Queue",
    )
)
# Properties that name a resource that is left out, or code that is not uploaded.
_LEFT_OUT = ("Layers", "LoggingConfig", "SnapStart", "Architectures")


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """The application: all its resources, and the part that the laptop emulates."""

    folder: Path
    resources: Mapping[str, Any]
    emulated: Mapping[str, Any]

    def with_endpoint(self, url: str) -> Template:
        """The same, with the output that says where its API is."""
        outputs = {**self.emulated["Outputs"], "Endpoint": {"Value": url}}
        return replace(self, emulated={**self.emulated, "Outputs": outputs})


def find_project(named: Path | None = None) -> Path:
    """The folder with template.yaml and functions/: the one named, or the package's checkout.

    Raises: ConfigurationError that says where it looked and what to do.
    """
    if named is not None:
        if not _is_project(named):
            raise ConfigurationError(f"--project {named}: no template.yaml with functions/ there")
        return named
    here = Path.cwd()
    for folder in (here, *here.parents, *Path(__file__).resolve().parents):
        if _is_project(folder):
            return folder
    raise ConfigurationError(
        f"no template.yaml with functions/ beside it in {here} or above: run this in the project's"
        " folder, or name it with --project"
    )


def _is_project(folder: Path) -> bool:
    return (folder / "template.yaml").is_file() and (folder / "functions").is_dir()


def load(folder: Path, parameters: Mapping[str, str]) -> Template:
    """Expand ``folder``'s template with these parameters in place of its defaults.

    Raises: ConfigurationError when it cannot be read or has no such parameter.
    """
    path = folder / "template.yaml"
    document = _read(path)
    _set(document.get("Parameters", {}), parameters)
    folder_of_code = document["Resources"][FUNCTION]["Properties"]["CodeUri"]
    expanded = _expand(document, path)
    return Template(
        folder=folder / folder_of_code,
        resources=expanded["Resources"],
        emulated=_emulated(expanded),
    )


def _set(known: dict[str, Any], parameters: Mapping[str, str]) -> None:
    for name, value in parameters.items():
        if name not in known:
            names = ", ".join(sorted(known))
            raise ConfigurationError(f"the template has no parameter {name!r}; it has {names}")
        allowed = [str(one) for one in known[name].get("AllowedValues", [])]
        if allowed and value not in allowed:
            raise ConfigurationError(f"{name} is one of {', '.join(allowed)}; not {value!r}")
        known[name]["Default"] = value


def _read(path: Path) -> dict[str, Any]:
    from samtranslator.yaml_helper import yaml_parse

    try:
        document = yaml_parse(path.read_text())
    except Exception as error:
        raise ConfigurationError(f"{path}: {error}") from error
    if not isinstance(document, dict) or FUNCTION not in document.get("Resources", {}):
        raise ConfigurationError(f"{path}: not the application's template: it has no {FUNCTION}")
    return document


def _expand(document: dict[str, Any], path: Path) -> dict[str, Any]:
    import boto3
    from samtranslator.metrics.metrics import Metrics
    from samtranslator.model.exceptions import InvalidDocumentException
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator

    document = copy.deepcopy(document)
    for resource in document["Resources"].values():
        properties = resource.get("Properties", {})
        for place in ("CodeUri", "ContentUri"):
            if place in properties:
                # The code is run where it lies; the translator only takes what is uploaded.
                properties[place] = "s3://laptop/code"
    session, metrics = boto3.Session(region_name=REGION), Metrics()
    try:
        translator = Translator({}, Parser(), boto_session=session, metrics=metrics)
        expanded: dict[str, Any] = translator.translate(document, parameter_values={})
    except InvalidDocumentException as error:
        causes = "; ".join(str(cause.message) for cause in error.causes)
        raise ConfigurationError(f"{path}: {causes or error.message}") from error
    finally:
        # To nowhere. The translator warns of those that are left when the next one is made.
        metrics.publish()
    return expanded


def _emulated(expanded: dict[str, Any]) -> dict[str, Any]:
    resources = {
        name: _reduced(resource)
        for name, resource in expanded["Resources"].items()
        if resource["Type"] in _EMULATED
    }
    missing = set(expanded["Resources"]) - set(resources)
    outputs = {
        name: output
        for name, output in expanded.get("Outputs", {}).items()
        if missing.isdisjoint(_references(output))
    }
    parts = {key: value for key, value in expanded.items() if key in ("Parameters", "Conditions")}
    return {**parts, "Resources": resources, "Outputs": outputs}


def _reduced(resource: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in resource.items() if key in ("Type", "Condition")}
    properties = resource.get("Properties", {})
    if resource["Type"] == "AWS::Lambda::Function":
        properties = {k: v for k, v in properties.items() if k not in _LEFT_OUT}
        properties["Code"] = {"ZipFile": "raise SystemExit('runs outside')"}
    if resource["Type"] == "AWS::IAM::Role":
        # What a role may do is not checked here, and its policies name what is left out.
        properties = {k: v for k, v in properties.items() if k == "AssumeRolePolicyDocument"}
    return {**kept, "Properties": properties}


def _references(value: Any) -> Iterator[str]:
    """Every name that an intrinsic function could refer to."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("Ref", "Condition") and isinstance(inner, str):
                yield inner
            elif key == "Fn::GetAtt":
                yield (inner if isinstance(inner, str) else inner[0]).partition(".")[0]
            elif key == "Fn::Sub":
                text = json.dumps(inner)
                yield from (part.partition("}")[0].partition(".")[0] for part in text.split("${"))
                yield from _references(inner)
            else:
                yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)
