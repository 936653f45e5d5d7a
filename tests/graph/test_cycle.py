"""Circles: found, shortest, one for each knot, and printed as the path that they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from penstock.graph.cycle import cycle_text, find_cycles
from penstock.graph.topology import build_graph
from penstock.project.load import Project

ProjectFrom = Callable[[Mapping[str, str]], Project]


def tables(reads: Mapping[str, str]) -> str:
    return "".join(
        f"CREATE TABLE {name} AS SELECT * FROM {', '.join(others.split())};" for name, others in reads.items()
    )


@pytest.mark.parametrize(
    ("reads", "expected"),
    [
        ({"a": "raw", "b": "a"}, []),
        ({"a": "a"}, ["table a → table a"]),
        ({"a": "b", "b": "a"}, ["table a → table b → table a"]),
        ({"a": "b", "b": "c", "c": "a"}, ["table a → table b → table c → table a"]),
        # What only reads a circle, or is only read by it, is not part of it.
        ({"a": "b", "b": "a raw", "raw": "x", "reader": "a"}, ["table a → table b → table a"]),
        # Two circles that share nothing are both told, the shorter way is shown of one that has two.
        (
            {"a": "b c", "b": "a", "c": "b", "x": "y", "y": "x"},
            ["table a → table b → table a", "table x → table y → table x"],
        ),
        # A reader with a smaller name than the circle's is not where it begins.
        ({"a": "c", "b": "c", "c": "b"}, ["table b → table c → table b"]),
    ],
)
def test_circles_are_found_and_shown(project: ProjectFrom, reads: Mapping[str, str], expected: list[str]) -> None:
    graph = build_graph(project({"a.sql": tables(reads)}))
    assert [cycle_text(cycle) for cycle in find_cycles(graph)] == expected


def test_a_circle_through_a_model_is_found(project: ProjectFrom) -> None:
    sql = (
        "CREATE MODEL m OPTIONS (model_type = 'linear_reg') AS SELECT * FROM p;"
        "CREATE VIEW p AS SELECT * FROM ML.PREDICT(MODEL m, TABLE raw);"
    )
    [cycle] = find_cycles(build_graph(project({"a.sql": sql})))
    assert cycle_text(cycle) == "model m → view p → model m"


def test_a_long_chain_is_no_trouble(project: ProjectFrom) -> None:
    reads = {f"t{number:04}": f"t{number + 1:04}" for number in range(1500)}
    assert find_cycles(build_graph(project({"a.sql": tables(reads)}))) == ()
    [cycle] = find_cycles(build_graph(project({"a.sql": tables({**reads, "t1500": "t0000"})})))
    assert len(cycle) == 1501
