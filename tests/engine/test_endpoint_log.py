"""An endpoint's options of the log: checked against the model, and minded by the monitors that read it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from penstock.core.errors import UnknownName, UserError
from penstock.serving.data_plane import open_data_plane

if TYPE_CHECKING:
    from conftest import Work

OpenWork = Callable[..., "Work"]
KEY = {"PENSTOCK_LOG_KEY": "sixteen or more bytes"}
MODEL = """
CREATE TABLE t AS SELECT i % 40 AS 나이, (i * 7 % 11)::DOUBLE AS score, 'c' || i % 3 AS city, 2 * (i % 40) AS y
FROM range(200) AS r(i);
CREATE MODEL m {clause} OPTIONS (model_type = '{type}' {more}) AS SELECT * FROM t;
"""
LINEAR = MODEL.format(type="linear_reg", clause="", more=", input_label_cols = ['y'], data_split_method = 'NO_SPLIT'")
MONITOR = "CREATE MONITOR w ON ENDPOINT e OPTIONS (min_rows = 1) BREACH WHEN max_psi > 0.2;"


def work_with(open_work: OpenWork, endpoint: str, models: str = LINEAR) -> Work:
    return open_work({"p.sql": f"{models} CREATE ENDPOINT e ON MODEL m {endpoint};\n{MONITOR}"})


def answer(work: Work, count: int = 60, age: int = 0) -> None:
    session = work.session
    plane = open_data_plane(session.catalog, session.lake, session.storage, session.settings, session.clock, KEY)
    rows = [{"나이": age + n % 40, "score": n * 7 % 11, "city": f"c{n % 3}"} for n in range(count)]
    plane.predict("e", rows)
    plane.compact()
    plane.close()


def looked(work: Work) -> tuple[dict[str, float | None], list[str], str]:
    """Return what the monitor measured, of which columns, and why."""
    from penstock.engine.monitor import evaluate_monitor
    from penstock.project.monitor import MonitorSpec

    graph = work.graph()
    (spec,) = [r.spec for r in graph.resources.values() if isinstance(r.spec, MonitorSpec)]
    seen = evaluate_monitor(work.session, graph, spec)
    assert seen is not None
    return dict(seen.measures), [column["column"] for column in seen.columns], seen.reason


def test_a_column_that_the_model_does_not_take_is_named_with_the_nearest_one(open_work: OpenWork) -> None:
    work = work_with(open_work, "OPTIONS (log_omit = ['citty'])")
    with pytest.raises(UserError, match="There is no column of model m 'citty'") as caught:
        work.run()
    (finding,) = caught.value.diagnostics
    assert finding.hint == "Did you mean 'city'?"
    assert finding.span is not None
    assert finding.span.path.endswith("p.sql")
    assert finding.option == "log_omit"


def test_a_column_cannot_be_left_out_and_hashed(open_work: OpenWork, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENSTOCK_LOG_KEY", KEY["PENSTOCK_LOG_KEY"])
    with pytest.raises(UserError, match="'City' is in log_omit and in log_hash"):
        work_with(open_work, "OPTIONS (log_omit = ['city'], log_hash = ['City'])").run()


def test_hashing_needs_a_key_when_the_endpoint_is_made_and_when_it_is_altered(
    open_work: OpenWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PENSTOCK_LOG_KEY", raising=False)
    with pytest.raises(UserError, match="PENSTOCK_LOG_KEY is not set"):
        work_with(open_work, "OPTIONS (log_hash = ['city'])").run()
    work = work_with(open_work, "")
    work.run()
    with pytest.raises(UserError, match="PENSTOCK_LOG_KEY is not set"):
        work.sql("ALTER ENDPOINT e SET OPTIONS (log_hash = ['city'])")
    with pytest.raises(UnknownName, match="ciity"):
        work.sql("ALTER ENDPOINT e SET OPTIONS (log_omit = ['ciity'])")
    monkeypatch.setenv("PENSTOCK_LOG_KEY", KEY["PENSTOCK_LOG_KEY"])
    work.sql("ALTER ENDPOINT e SET OPTIONS (log_hash = ['city'])")


@pytest.mark.parametrize("sample", ["-0.1", "1.5", "'half'"])
def test_a_sample_is_a_part_of_one(open_work: OpenWork, sample: str) -> None:
    with pytest.raises(UserError, match="log_sample of endpoint e must be a number between 0 and 1"):
        work_with(open_work, f"OPTIONS (log_sample = {sample})").run()


def test_a_monitor_of_an_endpoint_that_samples_nothing_is_a_mistake(open_work: OpenWork) -> None:
    with pytest.raises(UserError, match="logs no predictions") as caught:
        work_with(open_work, "OPTIONS (log_sample = 0)").run()
    assert "log_sample = 0" in str(caught.value)


def test_a_monitor_measures_no_column_that_the_log_has_not_and_says_so(
    open_work: OpenWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PENSTOCK_LOG_KEY", KEY["PENSTOCK_LOG_KEY"])
    work = work_with(open_work, "OPTIONS (log_omit = ['나이'], log_hash = ['city'])")
    work.run()
    answer(work, age=500)
    measures, columns, reason = looked(work)
    assert columns == ["score"]
    assert measures["measured_rows"] == 60
    assert measures["missing_columns"] == 0
    assert measures["max_psi"] is not None
    assert measures["max_psi"] < 0.2
    assert reason.endswith("not measured, since the log has no values of them: city, 나이")


def test_of_a_transform_what_is_made_of_such_a_column_is_not_measured(open_work: OpenWork) -> None:
    clause = "TRANSFORM (나이 * 2 AS twice, score + 1 AS more, y)"
    models = MODEL.format(type="linear_reg", clause=clause, more=", input_label_cols = ['y']")
    work = work_with(open_work, "OPTIONS (log_omit = ['나이'])", models)
    work.run()
    session = work.session
    plane = open_data_plane(session.catalog, session.lake, session.storage, session.settings, session.clock)
    plane.predict("e", [{"나이": 3, "score": n} for n in range(20)])
    plane.compact()
    plane.close()
    _, columns, reason = looked(work)
    assert columns == ["more"]
    assert reason.endswith("no values of it: 나이")


def test_how_strange_a_row_is_to_principal_components_is_not_guessed(open_work: OpenWork) -> None:
    models = MODEL.format(type="pca", clause="", more=", num_principal_components = 2")
    models = models.replace("SELECT * FROM t;", "SELECT 나이, score, city FROM t;")
    work = work_with(open_work, "OPTIONS (log_omit = ['나이'])", models)
    work.run()
    answer(work)
    measures, columns, _ = looked(work)
    assert columns == ["score", "city"]
    assert measures["prediction_mean"] is None
    assert measures["total_explained_variance_ratio"] is None


def test_an_endpoint_tells_how_much_it_logs(open_work: OpenWork) -> None:
    work = work_with(open_work, "")
    work.run()
    assert ("endpoint", "prediction log", "every answer") in work.rows("DESCRIBE ENDPOINT e")
    work.sql("ALTER ENDPOINT e SET OPTIONS (log_sample = 0.125)")
    assert ("endpoint", "prediction log", "12.5 % of the requests") in work.rows("DESCRIBE ENDPOINT e")
