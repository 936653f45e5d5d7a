"""Reads the SQL case files in tests/cases/sql and hands each case to the test that asks for its file.

A case begins with `# case: name`, may go on with `# key: value` lines, then holds its input, a line `----`,
and what is expected of it. A test with an argument `rewrite_case` runs once for each case of `rewrite.sql`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

CASES = Path(__file__).parents[1] / "cases" / "sql"


@dataclass(frozen=True)
class SqlCase:
    name: str
    header: dict[str, str]
    given: str
    expected: str


def read_cases(path: Path) -> list[SqlCase]:
    cases = []
    for block in path.read_text(encoding="utf-8").split("# case: ")[1:]:
        name, _, rest = block.partition("\n")
        header = {}
        while rest.startswith("# "):
            line, _, rest = rest.partition("\n")
            key, _, value = line[2:].partition(": ")
            header[key] = value
        given, marker, expected = rest.partition("\n----\n")
        assert marker, f"{path.name}: the case {name!r} has no line of four dashes"
        cases.append(SqlCase(name, header, given, expected.strip("\n")))
    return cases


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    for argument in metafunc.fixturenames:
        if argument.endswith("_case"):
            cases = read_cases(CASES / f"{argument.removesuffix('_case')}.sql")
            metafunc.parametrize(argument, cases, ids=[case.name for case in cases])
