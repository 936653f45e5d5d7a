"""A recommendation in a project: BigQuery's script, gated, served, told what came true, watched, exported."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from penstock.catalog.evaluations import latest_evaluation
from penstock.core.errors import InvalidOption
from penstock.serving.data_plane import DataPlane, open_data_plane

if TYPE_CHECKING:
    from conftest import Work

OpenWork = Callable[..., "Work"]
PROJECT = """
CREATE TABLE stars AS SELECT '회원' || range % 20 AS 회원, (range * 7) % 33 AS movie,
    3.0 + ((range % 20) % 2) - (((range * 7) % 33) % 3) / 2.0 AS 별점 FROM range(640);
CREATE MODEL taste OPTIONS (
    model_type = 'matrix_factorization', user_col = '회원', item_col = 'movie', rating_col = '별점', num_factors = 2,
    data_split_method = 'AUTO_SPLIT'
) AS SELECT * FROM stars;
CREATE GOAL good ON MODEL taste
    ACCEPT WHEN mean_squared_error < 0.5 AND mean_squared_error <= 1.1 * champion.mean_squared_error;
CREATE ENDPOINT rate ON MODEL taste;
CREATE MONITOR watch ON ENDPOINT rate OPTIONS (window = '7 days')
    BREACH WHEN mean_absolute_error > 3 * baseline_mean_absolute_error + 0.5;
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


def test_a_script_of_bigquery_makes_it_and_asks_it(open_work: OpenWork) -> None:
    work = open_work()
    found = work.sql(
        """
        CREATE OR REPLACE MODEL `proj.shop.taste`
        OPTIONS (
          MODEL_TYPE = 'MATRIX_FACTORIZATION', FEEDBACK_TYPE = 'IMPLICIT', USER_COL = 'visitorId',
          ITEM_COL = 'contentId', RATING_COL = 'rating', L2_REG = 30, NUM_FACTORS = 4
        ) AS
        SELECT CAST(MOD(n, 9) AS STRING) AS visitorId, CONCAT('c', MOD(n, 7)) AS contentId, MOD(n, 5) * 0.1 AS rating
        FROM UNNEST(GENERATE_ARRAY(1, 60)) AS n;
        SELECT visitorId, ARRAY_AGG(contentId ORDER BY predicted_rating_confidence DESC LIMIT 2) AS best
        FROM ML.RECOMMEND(MODEL `proj.shop.taste`) GROUP BY visitorId ORDER BY visitorId
        """,
        "bigquery",
    )
    rows = found.table().to_pylist()
    assert [row["visitorId"] for row in rows] == [str(number) for number in range(9)]
    assert {len(row["best"]) for row in rows} == {2}


def test_a_candidate_is_judged_on_the_same_ratings_as_the_champion(work: Work) -> None:
    assert "champion" in work.run(forced="taste")["taste"]
    assert work.rows("SELECT count(*) FROM ML.RECOMMEND(MODEL taste)") == [(20 * 33,)]


def test_an_endpoint_answers_with_the_rating_and_hears_what_it_was(work: Work, plane: DataPlane) -> None:
    pairs = [{"회원": f"회원{number % 25}", "movie": number} for number in range(60)]
    answers = plane.predict("rate", pairs).predictions
    expected = work.rows(
        "SELECT predicted_별점 FROM ML.RECOMMEND(MODEL taste, "
        "(SELECT '회원' || range % 25 AS 회원, range AS movie, range AS n FROM range(60))) ORDER BY n"
    )
    np.testing.assert_allclose([answer["prediction"] for answer in answers], np.array(expected)[:, 0])
    (nobody,) = plane.predict("rate", [{"회원": None, "movie": None}]).predictions
    assert 2 < nobody["prediction"] < 4
    for wrong, breached in ((0.0, False), (4.0, True)):
        told = [{"prediction_id": row["prediction_id"], "actual": row["prediction"] + wrong} for row in answers]
        plane.feedback("rate", told)
        plane.compact()
        work.clock.advance(timedelta(hours=1))
        work.turn()
        found = latest_evaluation(work.session.catalog, "watch")
        assert found is not None
        assert found.breached == breached, found.reason


def test_an_export_gives_the_ratings_in_plain_onnxruntime(work: Work, tmp_path: Path) -> None:
    import onnxruntime

    work.sql(f"EXPORT MODEL taste OPTIONS (uri = '{tmp_path / 'out'}')")
    session = onnxruntime.InferenceSession(tmp_path / "out" / "model.onnx")
    given = {"회원": np.array([["회원3"]], object), "movie": np.array([[14.0]])}
    (row,) = work.rows("SELECT * FROM ML.RECOMMEND(MODEL taste, (SELECT '회원3' AS 회원, 14 AS movie))")
    assert session.run(["score"], given)[0][0, 0] == pytest.approx(row[0])


def test_columns_are_made_in_the_query_not_by_transform(open_work: OpenWork) -> None:
    with pytest.raises(InvalidOption, match="takes no TRANSFORM"):
        open_work().sql(
            "CREATE MODEL m TRANSFORM (user, item, rating / 2 AS rating) OPTIONS (model_type = 'matrix_factorization') "
            "AS SELECT 1 AS user, 2 AS item, 3 AS rating"
        )
