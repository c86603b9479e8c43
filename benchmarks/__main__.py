"""Run the benchmarks: ``python -m benchmarks [--quick] [GROUP …]``."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

from benchmarks.results import Result, write
from benchmarks.stage import BUILT
from scripts.build_here import PROJECT

GROUPS = ("cold", "warm", "verify", "memory", "scale")
LATEST = PROJECT / ".bench" / "latest.json"


def main() -> int:
    """Print each figure as it is found and keep all of them; 1 when an aim is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=", ".join(GROUPS))
    parser.add_argument("--quick", action="store_true", help="fewer rounds, two memory sizes")
    options = parser.parse_args()
    groups = options.groups or GROUPS
    if unknown := set(groups) - set(GROUPS):
        parser.error(f"no such group: {', '.join(sorted(unknown))}; there are {', '.join(GROUPS)}")
    if not BUILT.is_dir():
        parser.error("nothing is built: run it with `make bench`, which builds first")
    results: list[Result] = []
    for name in groups:
        for result in import_module(f"benchmarks.{name}").run(quick=options.quick):
            print(result.line(), flush=True)
            results.append(result)
    write(results, LATEST)
    missed = [result.name for result in results if result.met is False]
    print(f"\n{LATEST.relative_to(PROJECT)}: {len(results)} figures, {len(missed)} aims missed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
