"""Words in a TRANSFORM, from CREATE MODEL in BigQuery's dialect to a served prediction."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from penstock.serving.data_plane import open_data_plane

if TYPE_CHECKING:
    from conftest import Work

OpenWork = Callable[..., "Work"]
PROJECT = """
SET dialect = 'bigquery';
CREATE TABLE reviews AS SELECT * FROM UNNEST([
    STRUCT('warm rooms, kind people' AS review, ['spa', 'bar'] AS tags, 5 AS stars),
    ('cold rooms', ['bar'], 1), ('정말 좋아요 warm', [], 5), ('cold and rude', NULL, 1), ('rude people', ['spa'], 2)]);
CREATE MODEL mood
TRANSFORM (ML.TF_IDF(TEXT_ANALYZE(review), 100, 1) OVER () AS words,
    ML.MULTI_HOT_ENCODER(tags, 10, 1) OVER () AS tags, stars)
OPTIONS (model_type = 'linear_reg', input_label_cols = ['stars'], l2_reg = 0.01)
AS SELECT review, tags, stars FROM reviews;
CREATE ENDPOINT moods ON MODEL mood;
"""


@pytest.fixture
def work(open_work: OpenWork) -> Work:
    opened = open_work({"all.sql": PROJECT})
    opened.run()
    return opened


def test_words_are_weighed_alike_in_a_query_and_at_an_endpoint(work: Work) -> None:
    ((warm,), (cold,)) = work.rows(
        "SELECT predicted_stars FROM ML.PREDICT(MODEL mood, (SELECT unnest(['warm people', 'cold unheard']) AS review, "
        "['spa'] AS tags)) ORDER BY 1 DESC"
    )
    assert warm > 3.5
    assert cold < 2.5
    session = work.session
    plane = open_data_plane(session.catalog, session.lake, session.storage, session.settings, session.clock)
    answer = plane.predict("moods", [{"review": "warm people", "tags": ["spa"]}, {"review": None, "tags": None}])
    plane.close()
    first, second = (row["prediction"] for row in answer.predictions)
    assert first == pytest.approx(warm)
    assert 0 < second < 6
    assert work.rows("SELECT input, dimension FROM ML.FEATURE_INFO(MODEL mood) ORDER BY input") == [
        ("review", None),
        ("tags", None),
    ]
