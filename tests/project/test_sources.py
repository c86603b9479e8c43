"""Rules that every source file keeps."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import hookproof
from hookproof.registry import provider_ids
from tests.project.sources import (
    PACKAGE,
    PROJECT,
    code_lines,
    core,
    docstring_lines,
    docstrings,
    functions,
    is_python,
    library,
    name_of,
    tracked,
    tree_of,
)

MODULE_LINES = 250
BODY_LINES = 25
CORE_LINES = 2500
# Words of the vocabulary that happen to be providers too.
VOCABULARY = {"plain", "unit"}
SIGNING = {"signer.py", "signing.py", "writing.py"}
# What no template can say is code that a provider's data names, often after the provider.
NAMED_BY_DATA = {"named_bases.py", "schemes"}
# Written in two halves, so that this file does not name them itself.
REGISTRIES = [
    first + second
    for first, second in (
        ("pypi", ".org"),
        ("python", "hosted.org"),
        ("registry.", "npmjs"),
        ("registry.", "yarnpkg"),
        ("public.ecr", ".aws"),
        ("proxy.", "golang"),
        ("ghcr", ".io"),
        ("index.", "docker"),
        ("--index", "-url"),
        ("--extra-index", "-url"),
    )
]
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:root|home/\w+|Users/\w+|work)/\w")
# A provider, however it is held: provider, self.provider.id, source.provider_id, provider.name.
PROVIDER = re.compile(r"(^|[._])provider(_id|\.id|\.name)?$")
VECTORS = PROJECT / "tests" / "vectors"


def texts() -> Iterator[tuple[Path, str]]:
    for path in tracked():
        # A vector is what a sender sent, paths and all.
        if not path.is_relative_to(VECTORS):
            try:
                yield path, path.read_text("utf-8")
            except UnicodeDecodeError:
                continue


def test_no_file_names_a_registry() -> None:
    # scripts/lock tells uv to leave it out, which is how it stays out.
    named = [
        (name_of(path), registry)
        for path, text in texts()
        for registry in REGISTRIES
        if registry in text.replace("--no-emit-" + REGISTRIES[-2].removeprefix("--"), "")
    ]
    assert named == []


def test_no_file_names_a_folder_of_one_machine() -> None:
    named = [
        (name_of(path), found.group())
        for path, text in texts()
        for found in MACHINE_PATHS.finditer(text)
    ]
    assert named == []


def test_modules_are_short() -> None:
    lengths = {name_of(path): len(path.read_text("utf-8").splitlines()) for path in library()}
    assert lengths
    assert {name: length for name, length in lengths.items() if length > MODULE_LINES} == {}


def test_functions_are_short() -> None:
    long = {
        f"{name_of(path)}:{function.lineno} {function.name}": length
        for path in library()
        for function in functions(tree_of(path))
        if (length := body_lines(function)) > BODY_LINES
    }
    assert long == {}


def test_what_one_verification_loads_stays_small() -> None:
    # Its size is cold-start time. Lines of code: nobody executes comments.
    program = (
        "import sys; from hookproof import receiver, sign, verify;"
        "request = sign(body=b'{}', provider='stripe', secret='whsec_x', now=1e9);"
        "verify(request, provider='stripe', secrets='whsec_x', now=1e9);"
        "print(*(module.__file__ for name, module in sys.modules.items()"
        " if name.partition('.')[0] == 'hookproof'), sep='\\n')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    loaded = [Path(line) for line in done.stdout.splitlines()]
    assert PACKAGE / "verifier.py" in loaded
    verifying = [path for path in loaded if path.name not in SIGNING]
    assert sum(len(code_lines(path)) for path in verifying) <= CORE_LINES


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    last = function.body[-1].end_lineno or function.lineno
    return last - function.body[0].lineno + 1 - docstring_lines(function)


def test_what_a_module_exports_is_sorted_and_exists() -> None:
    for path in library():
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        name = ".".join(parts).removesuffix(".__init__")
        if "__all__" not in path.read_text("utf-8") or name.endswith("__main__"):
            continue
        module = importlib.import_module(name)
        assert module.__all__ == sorted(module.__all__), name
        assert [one for one in module.__all__ if not hasattr(module, one)] == [], name


def test_the_package_exports_what_it_imports() -> None:
    imported = {
        alias.asname or alias.name
        for node in tree_of(PACKAGE / "__init__.py").body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert set(hookproof.__all__) >= imported - {"annotations"}


def test_every_module_says_what_it_is() -> None:
    silent = [name_of(path) for path in library() if not ast.get_docstring(tree_of(path))]
    assert silent == []


def test_no_code_asks_which_provider_it_is() -> None:
    asking = [
        f"{name_of(path)}:{node.lineno}"
        for path in library()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Compare) and asks_for_provider(node)
    ]
    assert asking == []


def asks_for_provider(node: ast.Compare) -> bool:
    """Whether a provider, its id or its name is compared with texts that the code holds."""
    sides = [node.left, *node.comparators]
    named = [one for one in sides if PROVIDER.search(ast.unparse(one))]
    held = [
        one
        for side in sides
        if side not in named
        for one in ast.walk(side)
        if isinstance(one, ast.Constant) and isinstance(one.value, str)
    ]
    return bool(named and held)


def test_core_code_names_no_provider() -> None:
    ids = set(provider_ids()) - VOCABULARY
    named = [
        (f"{name_of(path)}:{node.lineno}", node.value)
        for path in core()
        if not NAMED_BY_DATA & set(path.relative_to(PACKAGE).parts)
        for tree in [tree_of(path)]
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and node.value in ids and id(node) not in docstrings(tree)
    ]
    assert named == []


@pytest.mark.parametrize("word", ["TODO", "FIXME", "XXX"])
def test_nothing_is_left_for_later(word: str) -> None:
    left = [
        name_of(path)
        for path in tracked()
        if is_python(path) and path != Path(__file__)
        if re.search(rf"#.*\b{word}\b", path.read_text("utf-8"))
    ]
    assert left == []
