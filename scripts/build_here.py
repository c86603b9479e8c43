"""Build functions and layers for this machine's processor, for tests and benchmarks.

python scripts/build_here.py FOLDER
"""

import os
import platform
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
ARCHITECTURES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}


def architecture() -> str:
    """What Lambda calls this machine's processor."""
    return ARCHITECTURES[platform.machine().lower()]


def build(folder: Path, *, target: str | None = None) -> None:
    """Run ``sam build`` into the folder; raises CalledProcessError with what it said."""
    tools = Path(sys.executable).parent
    subprocess.run(
        [
            tools / "sam",
            "build",
            "--build-dir",
            folder,
            "--parameter-overrides",
            f"Architecture={target or architecture()}",
        ],
        cwd=PROJECT,
        # The layers' makefile looks for its Python on PATH.
        env={**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", "SAM_CLI_TELEMETRY": "0"},
        check=True,
        capture_output=True,
        text=True,
    )


def main() -> int:
    """Build into the folder that the command line names."""
    try:
        build(Path(sys.argv[1]).resolve())
    except subprocess.CalledProcessError as error:
        print(error.stdout, error.stderr, sep="\n", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
