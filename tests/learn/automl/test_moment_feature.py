"""What the hour of a moment is does not depend on where the SQL runs."""

from __future__ import annotations

import datetime

import duckdb
import numpy as np
import pyarrow as pa

from penstock.learn.automl.row_feature import moment_features
from penstock.learn.feature_column import features_of


def test_the_sql_of_a_zoned_moment_is_the_same_in_seoul_and_in_utc():
    begun = datetime.datetime(2024, 3, 1, 22, 30, tzinfo=datetime.UTC)
    moments = [begun + datetime.timedelta(hours=hours) for hours in range(48)]
    rows = pa.table(
        {
            "이때": pa.array(moments, pa.timestamp("us", "UTC")),
            "at": pa.array([m.replace(tzinfo=None) for m in moments]),
        }
    )
    zoned, plain = (list(moment_features(features_of(rows.select([name])))) for name in rows.column_names)
    texts = [feature.expression.sql for feature in (*zoned, *plain)]
    answers = []
    for zone in ("UTC", "Asia/Seoul"):
        with duckdb.connect() as database:
            database.execute(f"SET TimeZone = '{zone}'")
            database.register("events", rows)
            found = database.sql(
                f"SELECT {', '.join(f'{text} AS c{place}' for place, text in enumerate(texts))} FROM events"
            )
            answers.append(np.column_stack(list(found.fetchnumpy().values())))
    np.testing.assert_array_equal(answers[0], answers[1])
    half = len(zoned)
    np.testing.assert_array_equal(answers[1][:, :half], answers[1][:, half:])
    assert np.ptp(answers[0][:, 0]) > 1
