"""Write the reference into the folder that is named; pages that are no longer made are removed.

The conformance cases are those of the repository that the folder `docs/reference` is in.
"""

from __future__ import annotations

import sys
from pathlib import Path

from penstock.cli.reference.page import pages


def write(folder: Path) -> None:
    """Write every page into `folder`."""
    cases = folder.resolve().parents[1] / "tests" / "conformance"
    made = pages(cases if cases.is_dir() else None)
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.md"):
        if path.name not in made:
            path.unlink()
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
