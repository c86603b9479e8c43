"""``hookproof providers check``: whether a file can be used, and does what vectors say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from hookproof.cli import DONE, REJECTED, USAGE
from hookproof.cli.batch import judge_case
from hookproof.cli.catalogue import entry_of, schema
from hookproof.cli.files import read_json, shown
from hookproof.cli.output import mark, print_json, printable
from hookproof.errors import ConfigurationError
from hookproof.provider import Provider
from hookproof.schemes import get_scheme


def check(name: str, *, vectors: str | None, as_json: bool) -> int:
    """Check the file, and print what is wrong in it.

    The status says so too: 2 when the file cannot be used, 1 when a vector does not come out.
    """
    document = read_json(name)
    if isinstance(document, dict) and isinstance(document.get("scheme"), dict):
        document = document["scheme"]  # a source's secret, with a custom provider in it
    errors = list(_errors(document, Path(name).stem))
    results = [] if errors or vectors is None else list(_run(document, vectors))
    failed = [text for good, text in results if not good]
    if as_json:
        print_json(
            {"valid": not errors, "errors": errors, "vectors": len(results), "failed": failed}
        )
    else:
        _print(name, errors, results)
    return USAGE if errors else REJECTED if failed else DONE


def _errors(document: object, name: str) -> Iterator[str]:
    """What the engine refuses, and what the schema finds where it can be asked."""
    found = list(_schema_errors(document))
    try:
        provider = Provider.from_json(document, id=name)
        for scheme in provider.schemes:
            get_scheme(scheme.module)
        entry_of(provider)
    except ConfigurationError as error:
        yield str(error)
        key = str(error).partition(":")[0]
        yield from (text for text in found if not text.startswith(f"{key}:"))
        return
    yield from found


def _schema_errors(document: object) -> Iterator[str]:
    try:
        import jsonschema
    except ImportError:
        return
    validator = jsonschema.Draft202012Validator(schema())
    for error in sorted(validator.iter_errors(document), key=lambda one: list(map(str, one.path))):
        where = ".".join(map(str, error.absolute_path)) or "the file"
        # What a key is for stands in the schema: it helps more than the rule that was broken.
        about = error.schema.get("description") if isinstance(error.schema, Mapping) else None
        yield f"{where}: {error.message}" + (f" ({about})" if about else "")


def _run(document: object, vectors: str) -> Iterator[tuple[bool, str]]:
    """Whether each vector comes out as it says, and how it came out."""
    listed = read_json(vectors)
    tests = listed.get("tests") if isinstance(listed, dict) else listed
    if not isinstance(tests, list) or not all(isinstance(one, dict) for one in tests):
        raise ConfigurationError(
            f'{shown(vectors)}: expected {{"tests": [{{"request", "secret", …}}]}}'
        )
    for number, test in enumerate(tests, start=1):
        wanted = test.get("result")
        if wanted not in ("valid", "invalid"):
            raise ConfigurationError(
                f"{shown(vectors)}: vector {number}: result: expected valid or invalid"
            )
        result = judge_case({**test, "scheme": document, "provider": "custom"})
        title = f"{test.get('id', number)} {test.get('comment', '')}".strip()
        came_out = "valid" if result["valid"] else f"invalid ({result['reason']})"
        good = (wanted == "valid") == result["valid"]
        yield good, f"{title}: {came_out}" + ("" if good else f", expected {wanted}")


def _print(name: str, errors: list[str], results: list[tuple[bool, str]]) -> None:
    for text in errors:
        print(f"{mark(good=False)} {shown(name)}: {printable(text)}")
    if not errors:
        print(f"{mark(good=True)} {shown(name)}: a provider that can be used")
    for good, text in results:
        print(f"{mark(good=good)} {printable(text)}")
