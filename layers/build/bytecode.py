"""Compile a folder's modules to bytecode that Python runs without a look at the source.

As ``compileall --invalidation-mode unchecked-hash`` does, but annotations stay texts (PEP 563):
``awscrt`` writes its types out, and to make them takes 2 ms of each cold start's CPU.
"""

import __future__

import marshal
import sys
from importlib.util import MAGIC_NUMBER, cache_from_source, source_hash
from pathlib import Path

# Of packages whose annotations nobody but a reader asks for.
AS_TEXT = frozenset({"awscrt"})
# A hash in place of the source's date, which need not be compared. Source: PEP 552.
UNCHECKED_HASH = (0b01).to_bytes(4, "little")


def main() -> None:
    """Compile what is in the folder; its place when it runs goes into the bytecode."""
    root, place = Path(sys.argv[1]), Path(sys.argv[2])
    for source in sorted(root.rglob("*.py")):
        compiled = Path(cache_from_source(source))
        compiled.parent.mkdir(exist_ok=True)
        compiled.write_bytes(_bytecode(source.read_bytes(), source.relative_to(root), place))


def _bytecode(source: bytes, path: Path, place: Path) -> bytes:
    flags = __future__.annotations.compiler_flag if path.parts[0] in AS_TEXT else 0
    code = compile(source, place / path, "exec", flags=flags, dont_inherit=True)
    return MAGIC_NUMBER + UNCHECKED_HASH + source_hash(source) + marshal.dumps(code)


if __name__ == "__main__":
    main()
