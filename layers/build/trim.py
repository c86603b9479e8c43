"""Take out of an installed layer what no function needs, and keep its RECORDs true."""

import base64
import csv
import hashlib
import shutil
import sys
from pathlib import Path

# Powertools' pages for browsers, type stubs and headers, programs for a shell.
UNNEEDED = (
    "aws_lambda_powertools/event_handler/openapi/swagger_ui/*",
    "**/*.pyi",
    "**/*.h",
    "**/*.c",
    "**/tests",
    "bin",
)
POWERTOOLS = "aws_lambda_powertools/__init__.py"
LAZY_POWERTOOLS = Path(__file__).with_name("lazy_powertools.py")
# What LAZY_POWERTOOLS stands in for; it must offer the same names.
KNOWN_POWERTOOLS = "a388841d4d0c7d60b4fd37d59a2b318b454e014c39b907ea2d05abd2ddbd65a1"
# What every part of Powertools loads, and with it pathlib, for one function that few need.
POWERTOOLS_FUNCTIONS = "aws_lambda_powertools/shared/functions.py"
LATER = "from pathlib import Path\n"
BEFORE = "    current_working_directory = "


def main() -> None:
    """Trim the folder that the command line names."""
    root = Path(sys.argv[1])
    for pattern in UNNEEDED:
        for path in sorted(root.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    if (root / POWERTOOLS).exists():
        _make_lazy(root / POWERTOOLS)
        _import_later(root / POWERTOOLS_FUNCTIONS)
    changed = {POWERTOOLS, POWERTOOLS_FUNCTIONS}
    for record in root.glob("*.dist-info/RECORD"):
        rows = list(csv.reader(record.read_text("utf-8").splitlines()))
        with record.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(
                _row(root, row[0]) if row[0] in changed else row
                for row in rows
                if (root / row[0]).exists()
            )


def _make_lazy(package: Path) -> None:
    if hashlib.sha256(package.read_bytes()).hexdigest() != KNOWN_POWERTOOLS:
        sys.exit(
            f"{POWERTOOLS} is not the one that {LAZY_POWERTOOLS.name} was made from: "
            f"compare the two, then change KNOWN_POWERTOOLS in {Path(__file__).name}"
        )
    shutil.copyfile(LAZY_POWERTOOLS, package)


def _import_later(module: Path) -> None:
    text = module.read_text("utf-8")
    if [text.count(one) for one in (LATER, BEFORE)] != [1, 1]:
        sys.exit(f"{POWERTOOLS_FUNCTIONS} is another: see where it needs pathlib")
    text = text.replace(LATER, "").replace(BEFORE, f"    {LATER}\n{BEFORE}")
    module.write_text(text, "utf-8")


def _row(root: Path, name: str) -> list[str]:
    """What RECORD says of a file. Source: PEP 376, PEP 427."""
    data = (root / name).read_bytes()
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=")
    return [name, f"sha256={digest.decode()}", str(len(data))]


if __name__ == "__main__":
    main()
