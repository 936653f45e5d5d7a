"""Artifacts: their hash, what refuses to load, and scoring from many threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from penstock.core.errors import BadData, CorruptArtifact, UnknownName
from penstock.learn.artifact import LoadedModel, artifact_hash, load_model


@pytest.fixture
def files(trained):
    rng = np.random.default_rng(0)
    table = pa.table({"x": rng.normal(size=90), "c": pa.array(["a", "b", None] * 30), "label": rng.normal(size=90)})
    return trained(table, model_type="linear_reg").files


def test_the_hash_is_of_names_and_contents_in_any_order(files):
    assert artifact_hash(dict(reversed(files.items()))) == artifact_hash(files)
    assert artifact_hash({**files, "extra": b""}) != artifact_hash(files)
    assert artifact_hash({"a": b"bc"}) != artifact_hash({"ab": b"c"})


def test_changed_bytes_refuse_to_load(files):
    expected = artifact_hash(files)
    for name in files:
        changed = {**files, name: files[name][:-1] + bytes([files[name][-1] ^ 1])}
        with pytest.raises(CorruptArtifact, match="not the ones that were recorded"):
            load_model(changed, expected)


@pytest.mark.parametrize("name", ["model.onnx", "manifest.json"])
def test_a_missing_or_unreadable_file_is_named(files, name):
    with pytest.raises(CorruptArtifact, match=name):
        load_model({key: value for key, value in files.items() if key != name}, None)
    with pytest.raises(CorruptArtifact):
        load_model({**files, name: b"nonsense"}, None)


def test_a_truncated_graph_refuses_to_load(files):
    with pytest.raises(CorruptArtifact):
        load_model({**files, "model.onnx": files["model.onnx"][: len(files["model.onnx"]) // 2]}, None)


def rows(count):
    rng = np.random.default_rng(1)
    words = np.array(["a", "b", "new", None], dtype=object)[rng.integers(0, 4, count)]
    return pa.table({"x": rng.normal(size=count), "c": pa.array(words, pa.string())})


def test_threads_and_chunks_change_nothing(files):
    model = load_model(files, None)
    table = rows(50_000)
    scores = model.score(table)
    np.testing.assert_array_equal(model.score(table, threads=2), scores)
    np.testing.assert_array_equal(model.score(pa.concat_tables([table.slice(0, 7), table.slice(7)]), threads=2), scores)
    np.testing.assert_array_equal(model.score(table.to_batches()[0]), scores)
    coded = table.set_column(1, "c", table["c"].dictionary_encode())
    np.testing.assert_array_equal(model.score(coded), scores)


def test_many_threads_may_score_at_once(files):
    model = load_model(files, None)
    table = rows(200)
    scores = model.score(table)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda row: model.score_row(row)[0], table.to_pylist() * 3))
    np.testing.assert_allclose(found, np.tile(scores, 3), atol=1e-12)


def test_no_rows_give_no_scores(files):
    assert load_model(files, None).score(rows(0)).shape == (0,)


def test_other_columns_may_stand_in_the_rows_and_missing_ones_may_not(files):
    model = load_model(files, None)
    table = rows(3).append_column("id", pa.array([1, 2, 3])).rename_columns(["X", "C", "id"])
    assert model.score(table).shape == (3,)
    with pytest.raises(UnknownName, match="'c'"):
        model.score(table.drop(["C"]))
    with pytest.raises(BadData, match="'x' has the type string"):
        model.score(pa.table({"x": ["1"], "c": ["a"]}))


def test_one_row_through_a_whole_graph_may_hold_an_empty_list_and_must_hold_every_column(trained):
    words = [["a", "b"], ["b"], [], ["c"]] * 15
    table = pa.table({"Words": words, "label": [float(len(row)) for row in words]})
    model = trained(table, model_type="boosted_tree_regressor")
    details = {name: value for name, value in model.manifest.details.items() if name != "encoding"}
    whole = LoadedModel(replace(model.manifest, details=details), model.files)
    assert whole.score_row({"words": []}) == pytest.approx(whole.score(table.slice(2, 1)), abs=1e-9)
    with pytest.raises(UnknownName, match="Words"):
        whole.score_row({"word": []})
