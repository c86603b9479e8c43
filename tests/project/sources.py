"""The project's files, as the tests of the project's rules read them."""

from __future__ import annotations

import ast
import subprocess
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PACKAGE = PROJECT / "layers" / "hookproof" / "python" / "hookproof"
OUTSIDE_CORE = ("aws", "cli", "consumer.py", "explain", "local", "operations")
NO_CODE = (
    tokenize.COMMENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
    tokenize.INDENT,
    tokenize.NEWLINE,
    tokenize.NL,
)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that git tracks, and new ones that it does not ignore; none that are deleted."""
    listing = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    paths = (PROJECT / name for name in listing.splitlines())
    return tuple(path for path in paths if path.is_file())


def name_of(path: Path) -> str:
    """The path as it reads in the project."""
    return path.relative_to(PROJECT).as_posix()


def library() -> tuple[Path, ...]:
    """Every module of the library."""
    return tuple(path for path in tracked() if path.is_relative_to(PACKAGE) and is_python(path))


def core() -> tuple[Path, ...]:
    """The modules of the library that do no I/O."""
    return tuple(
        path for path in library() if path.relative_to(PACKAGE).parts[0] not in OUTSIDE_CORE
    )


def is_python(path: Path) -> bool:
    return path.suffix == ".py"


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), name_of(path))


def docstring_lines(node: ast.AST) -> int:
    """How many lines the docstring of a module, class or function takes."""
    body = getattr(node, "body", None)
    if not isinstance(body, list) or not body or not isinstance(body[0], ast.Expr):
        return 0
    value = body[0].value
    if not (isinstance(value, ast.Constant) and isinstance(value.value, str)):
        return 0
    return (value.end_lineno or value.lineno) - value.lineno + 1


def code_lines(path: Path) -> set[int]:
    """The lines that hold more than comments and docstrings."""
    with path.open("rb") as file:
        tokens = [one for one in tokenize.tokenize(file.readline) if one.type not in NO_CODE]
    lines = {line for one in tokens for line in range(one.start[0], one.end[0] + 1)}
    for node in ast.walk(tree_of(path)):
        length = docstring_lines(node)
        if length and isinstance(node, (ast.Module, ast.ClassDef, *FUNCTIONS)):
            lines -= set(range(node.body[0].lineno, node.body[0].lineno + length))
    return lines - {0}


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method."""
    for node in ast.walk(tree):
        if isinstance(node, FUNCTIONS):
            yield node


def docstrings(tree: ast.Module) -> set[int]:
    """The ids of the constants that are docstrings."""
    return {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, *FUNCTIONS)) and docstring_lines(node)
        if isinstance(node.body[0], ast.Expr)
    }
