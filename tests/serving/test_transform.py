from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pytest

from penstock.core.errors import UserError
from penstock.lake.database import open_lake
from penstock.learn.artifact import load_model
from penstock.learn.manifest import Transform, TransformColumn
from penstock.serving.scoring import ServedModel
from penstock.serving.transform import TransformRunner


@pytest.fixture
def lake():
    opened = open_lake(None)
    yield opened
    opened.close()


def test_a_model_with_transform_is_scored_through_its_sql(lake, transformed_files):
    model = ServedModel("m", 1, load_model(transformed_files, None), lake)
    assert [feature.name for feature in model.reader.features] == ["price", "name"]
    predictions = model.predict(model.reader.read([{"price": 10, "name": "alice"}, {"price": 3.25, "name": "bob"}]))
    assert [p["prediction"] for p in predictions] == pytest.approx([60.0, 20.5], abs=1e-6)
    assert not model.quick


def test_rows_keep_their_order_and_names_are_quoted(lake):
    runner = TransformRunner(Transform((TransformColumn('a "b" 열', '"n" + 1'),), ()), lake)
    out = runner.apply(pa.record_batch([pa.array(range(5000))], names=["n"]))
    assert out.column_names == ['a "b" 열']
    assert out.column(0).to_pylist() == list(range(1, 5001))


def test_many_threads_never_see_each_others_rows(lake):
    runner = TransformRunner(Transform((TransformColumn("m", '"n" * 2'),), ()), lake)

    def apply(number):
        return runner.apply(pa.record_batch([pa.array([number])], names=["n"])).column(0).to_pylist()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(apply, range(200))) == [[number * 2] for number in range(200)]


def test_sql_that_fails_on_a_row_is_the_rows_fault_and_harms_nobody_else(lake):
    runner = TransformRunner(Transform((TransformColumn("m", 'CAST("t" AS INTEGER)'),), ()), lake)
    with pytest.raises(UserError):
        runner.apply(pa.record_batch([pa.array(["x"])], names=["t"]))
    assert runner.apply(pa.record_batch([pa.array(["5"])], names=["t"])).column(0).to_pylist() == [5]
