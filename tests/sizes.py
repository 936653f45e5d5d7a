"""The sizes that code may have: says what exceeds the aims, fails for what exceeds the limits. `make lint` runs it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).parent.parent / "src" / "penstock"


@dataclass(frozen=True)
class Bound:
    """How many lines a thing should have at most, and how many it may."""

    aim: int
    limit: int


BOUNDS = {"file": Bound(400, 600), "class": Bound(250, 250), "function": Bound(50, 80)}


@dataclass(frozen=True)
class Size:
    """A file, class or function, and its lines."""

    what: str
    place: str
    lines: int

    @property
    def too_large(self) -> bool:
        return self.lines > BOUNDS[self.what].limit

    @property
    def beyond_aim(self) -> bool:
        return self.lines > BOUNDS[self.what].aim

    def __str__(self) -> str:
        bound = BOUNDS[self.what]
        words = f"limit {bound.limit}" if self.too_large else f"aim {bound.aim}"
        return f"{self.place}: {self.what} of {self.lines} lines ({words})"


def sizes(path: Path) -> Iterator[Size]:
    """Yield the size of a Python file and of every class and function in it."""
    text = path.read_text(encoding="utf-8")
    yield Size("file", str(path), len(text.splitlines()))
    for node in ast.walk(ast.parse(text, str(path))):
        if isinstance(node, ast.ClassDef):
            what = "class"
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            what = "function"
        else:
            continue
        assert node.end_lineno is not None
        yield Size(what, f"{path}:{node.lineno} {node.name}", node.end_lineno - node.lineno + 1)


def main(folder: Path) -> int:
    """Print what exceeds the aims or the limits and return 1 when a limit is exceeded."""
    found = [size for path in sorted(folder.rglob("*.py")) for size in sizes(path) if size.beyond_aim]
    for size in found:
        print(size)
    return 1 if any(size.too_large for size in found) else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else SOURCE))
