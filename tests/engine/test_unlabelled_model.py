"""Models without a label in a project: trained, gated, served, watched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from penstock.catalog.evaluations import latest_evaluation
from penstock.core.errors import InvalidOption, UserError
from penstock.serving.data_plane import DataPlane, open_data_plane

if TYPE_CHECKING:
    from conftest import Work

OpenWork = Callable[..., "Work"]
PROJECT = """
CREATE TABLE shops AS SELECT range AS id, (range % 2) * 50.0 + range % 5 AS 매출, range % 3 AS visits,
    ['시장', '역'][range % 2 + 1] AS 자리 FROM range(200);
CREATE MODEL groups
TRANSFORM (ln(1 + 매출) AS sales, visits, 자리)
OPTIONS (model_type = 'kmeans', num_clusters = 2) AS SELECT * EXCLUDE (id) FROM shops;
CREATE MODEL shape OPTIONS (model_type = 'pca', num_principal_components = 2) AS SELECT 매출, visits, 자리 FROM shops;
CREATE GOAL tight ON MODEL groups ACCEPT WHEN mean_squared_distance <= 1.1 * champion.mean_squared_distance;
CREATE ENDPOINT group_api ON MODEL groups;
CREATE ENDPOINT shape_api ON MODEL shape;
CREATE MONITOR group_watch ON ENDPOINT group_api OPTIONS (window = '7 days')
    BREACH WHEN mean_squared_distance > 4 * baseline_mean_squared_distance OR prediction_psi > 0.5;
CREATE MONITOR shape_watch ON ENDPOINT shape_api OPTIONS (window = '7 days')
    BREACH WHEN prediction_mean > 3 * reference_prediction_mean;
"""


@pytest.fixture
def work(open_work: OpenWork) -> Work:
    opened = open_work({"all.sql": PROJECT})
    opened.run()
    return opened


@pytest.fixture
def plane(work: Work) -> Iterator[DataPlane]:
    session = work.session
    opened = open_data_plane(session.catalog, session.lake, session.storage, session.settings, session.clock)
    yield opened
    opened.close()


def shops(shift: float = 0.0) -> list[dict[str, object]]:
    return [{"매출": (n % 2) * 50.0 + n % 5 + shift, "visits": n % 3, "자리": ("시장", "역")[n % 2]} for n in range(60)]


def test_a_clustering_is_judged_on_the_same_rows_as_the_champion(work: Work) -> None:
    assert "champion" in work.run(forced="groups")["groups"]
    assert work.rows("SELECT count(*) FROM ML.PREDICT(MODEL groups, TABLE shops)") == [(200,)]


def test_an_endpoint_answers_with_the_cluster_or_with_the_components(plane: DataPlane) -> None:
    first, second = plane.predict("group_api", shops()[:2]).predictions
    assert {first["prediction"], second["prediction"]} == {1, 2}
    assert first["distances"][first["prediction"] - 1] == min(first["distances"])
    (shape,) = plane.predict("shape_api", shops()[:1]).predictions
    assert len(shape["prediction"]) == 2


def test_nothing_can_be_told_about_what_came_true(plane: DataPlane) -> None:
    (answer,) = plane.predict("group_api", shops()[:1]).predictions
    with pytest.raises(UserError, match="nothing that comes true"):
        plane.feedback("group_api", [{"prediction_id": answer["prediction_id"], "actual": 1}])


@pytest.mark.parametrize(("shift", "breached"), [(0.0, False), (5_000.0, True)])
def test_monitors_see_rows_that_are_unlike_those_of_the_training(
    work: Work, plane: DataPlane, shift: float, breached: bool
) -> None:
    for endpoint in ("group_api", "shape_api"):
        plane.predict(endpoint, shops(shift))
    plane.compact()
    work.clock.advance(timedelta(hours=1))
    work.turn()
    for name in ("group_watch", "shape_watch"):
        found = latest_evaluation(work.session.catalog, name)
        assert found is not None
        assert found.breached == breached, found.reason
        assert found.measures["label_count"] == 0


def test_history_cannot_say_how_good_a_clustering_was(work: Work) -> None:
    from penstock.engine.backtest import BacktestSettings, run_backtest

    settings = BacktestSettings(
        endpoint="group_api", table="shops", time_column="id", label_delay=timedelta(0), step=timedelta(days=1)
    )
    with pytest.raises(InvalidOption, match="without a label"):
        run_backtest(work.session, work.graph(), settings)
