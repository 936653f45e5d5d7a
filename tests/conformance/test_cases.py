"""Every case file gives the columns and the values that it says."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from penstock.testing.conformance import Case, ConformanceWorld, check_case, open_world, read_cases

ROOT = Path(__file__).parent


@pytest.fixture(scope="module")
def world_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Case], ConformanceWorld]]:
    """Open the project of a case's folder, once for all of its cases."""
    opened: dict[str, ConformanceWorld] = {}
    with ExitStack() as stack:

        def world(case: Case) -> ConformanceWorld:
            if case.folder not in opened:
                project = tmp_path_factory.mktemp("conformance") / "project"
                opened[case.folder] = stack.enter_context(open_world(ROOT / case.folder, project))
            return opened[case.folder]

        yield world


@pytest.mark.parametrize("case", read_cases(ROOT), ids=lambda case: case.name)
def test_case(case: Case, world_of: Callable[[Case], ConformanceWorld]) -> None:
    for package in case.needs:
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed.")
    check_case(case, world_of(case))
