"""Take out of an installed layer what no function needs, and keep its RECORDs true."""

import csv
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


def main() -> None:
    """Trim the folder that the command line names."""
    root = Path(sys.argv[1])
    for pattern in UNNEEDED:
        for path in sorted(root.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    for record in root.glob("*.dist-info/RECORD"):
        rows = list(csv.reader(record.read_text("utf-8").splitlines()))
        with record.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(row for row in rows if (root / row[0]).exists())


if __name__ == "__main__":
    main()
