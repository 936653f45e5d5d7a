"""Which part of a project `penstock run NAME…` runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from penstock.core.errors import UnknownName
from penstock.graph.selection import select
from penstock.graph.topology import Graph, build_graph
from penstock.project.load import Project

ProjectFrom = Callable[[Mapping[str, str]], Project]
SQL = """
CREATE TABLE raw AS SELECT * FROM elsewhere;
CREATE ASSERTION raw_ok ON raw CHECK (x > 0);
CREATE TABLE clean AS SELECT * FROM raw;
CREATE ASSERTION clean_ok ON clean CHECK (x > 0);
CREATE MODEL demand OPTIONS (model_type = 'linear_reg') AS SELECT * FROM clean;
CREATE GOAL good ON MODEL demand ACCEPT WHEN r2_score > 0;
CREATE ENDPOINT demand ON MODEL demand;
CREATE TABLE other AS SELECT 1 AS x;
"""


@pytest.fixture
def graph(project: ProjectFrom) -> Graph:
    return build_graph(project({"a.sql": SQL}))


@pytest.mark.parametrize(
    ("selectors", "expected"),
    [
        (["clean"], "assertion clean_ok, table clean"),
        (["CLEAN"], "assertion clean_ok, table clean"),
        (["+clean"], "assertion clean_ok, assertion raw_ok, table clean, table raw"),
        (["model:demand"], "goal good, model demand"),
        (["Endpoint:demand"], "endpoint demand"),
        (["demand"], "endpoint demand, goal good, model demand"),
        (["clean+"], "assertion clean_ok, endpoint demand, goal good, model demand, table clean"),
        (["other", "+clean"], "assertion clean_ok, assertion raw_ok, table clean, table other, table raw"),
        (["raw_ok"], "assertion raw_ok"),
    ],
)
def test_a_selection_holds_what_is_named_and_its_checks(graph: Graph, selectors: list[str], expected: str) -> None:
    assert ", ".join(map(str, sorted(select(graph, selectors)))) == expected


def test_no_selector_selects_all_and_both_sides_meet(graph: Graph) -> None:
    assert select(graph, []) == set(graph.resources)
    assert len(select(graph, ["+clean+"])) == 7


@pytest.mark.parametrize(
    ("selector", "hint"),
    [
        ("clen", "Did you mean 'clean'?"),
        ("+clen+", "Did you mean 'clean'?"),
        ("goal:demand", None),
        ("modle:demand", None),
    ],
)
def test_an_unknown_name_is_told_with_the_nearest(graph: Graph, selector: str, hint: str | None) -> None:
    with pytest.raises(UnknownName) as refused:
        select(graph, [selector])
    if hint:
        assert refused.value.diagnostics[0].hint == hint
