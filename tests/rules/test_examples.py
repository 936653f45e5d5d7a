"""Every rule finds its bad example and leaves its good one alone; every code is documented."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from penstock.core.diagnostics import Diagnostic
from penstock.graph.topology import build_graph
from penstock.project.load import Project
from penstock.project.resource import Resource
from penstock.rules.reference import reference_markdown
from penstock.rules.registry import RULES, check
from penstock.rules.rule import Rule

ProjectFrom = Callable[[Mapping[str, str]], Project]


def measures(resource: Resource) -> list[str]:
    return ["max_psi", "null_rate", "r2_score", "champion.r2_score"]


def findings(project: Project) -> tuple[Diagnostic, ...]:
    assert project.diagnostics == ()
    return check(project, build_graph(project), known_measures=measures)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_the_bad_example_breaks_the_rule_and_says_where(rule: Rule, project: ProjectFrom) -> None:
    found = [finding for finding in findings(project({"a.sql": rule.bad})) if finding.code == rule.code]
    assert found
    assert all(finding.severity is rule.severity for finding in found)
    for finding in found:
        assert finding.span is not None
        assert finding.span.path == "a.sql"
        assert finding.message.endswith(".")
        assert finding.hint


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_the_good_example_keeps_the_rule(rule: Rule, project: ProjectFrom) -> None:
    assert rule.code not in {finding.code for finding in findings(project({"a.sql": rule.good}))}


def test_codes_are_numbered_and_names_unique() -> None:
    assert list(RULES) == [f"PS{number:03}" for number in range(1, len(RULES) + 1)]
    assert len({rule.name for rule in RULES.values()}) == len(RULES)


def test_the_reference_shows_every_rule() -> None:
    page = reference_markdown()
    for rule in RULES.values():
        assert f"## {rule.code} {rule.name} ({rule.severity})" in page
        assert rule.bad.strip() in page
        assert rule.good.strip() in page
