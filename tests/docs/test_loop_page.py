"""The loop's page shows the statements of its example as they stand in the file."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_statements_of_the_loop_are_those_of_the_example() -> None:
    page = (ROOT / "docs" / "loop.md").read_text(encoding="utf-8")
    example = (ROOT / "examples" / "bike-sharing" / "project.sql").read_text(encoding="utf-8")
    shown = re.findall(r"```sql[^\n]*\n(.*?)```", page, re.DOTALL)
    assert len(shown) == 3
    assert [statement for statement in shown if statement not in example] == []
