"""The options of releases: what is read, and what is wrong with the rest."""

from __future__ import annotations

from datetime import timedelta

import pytest

from penstock.project.endpoint import EndpointSpec, endpoint_spec
from penstock.project.release import ReleasePolicy, release_policy
from penstock.sql.parse import parse_script


def read(options: str) -> tuple[EndpointSpec | None, list[str]]:
    script = parse_script(f"CREATE ENDPOINT e ON MODEL m OPTIONS ({options})", "p.sql")
    assert script.diagnostics == ()
    spec, findings = endpoint_spec(script.statements[0])  # type: ignore[arg-type]
    return spec, [f"{finding.message} {finding.hint or ''}" for finding in findings]


def test_an_endpoint_that_says_nothing_releases_directly() -> None:
    assert release_policy({}) == ReleasePolicy("direct", (5.0, 25.0, 50.0), timedelta(minutes=10), 100, 0.5)


def test_what_is_declared_is_what_the_state_says() -> None:
    spec, findings = read(
        "release = 'CANARY', steps = [1, 2.5, 99], bake_time = '90 seconds', "
        "release_min_rows = 7, release_min_agreement = 0"
    )
    assert findings == []
    assert spec is not None
    assert release_policy(spec.served_options()) == ReleasePolicy(
        "canary", (1.0, 2.5, 99.0), timedelta(seconds=90), 7, 0.0
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("release = 'canari'", "Did you mean 'canary'?"),
        ("steps = []", "steps of endpoint e must be a list of percents"),
        ("steps = 5", "must be a list of percents"),
        ("steps = [25, 5]", "each greater than the one before"),
        ("steps = [5, 5]", "each greater than the one before"),
        ("steps = [50, 100]", "between 0 and 100"),
        ("steps = ['5']", "must be a list of percents"),
        ("bake_time = '0 seconds'", "longer than nothing"),
        ("bake_time = 'soon'", "must be a duration"),
        ("release_min_rows = 0", "of at least 1"),
        ("release_min_agreement = 1.5", "between 0 and 1"),
    ],
)
def test_what_cannot_be_is_said(options: str, message: str) -> None:
    spec, findings = read(options)
    assert spec is None
    assert message in findings[0]
