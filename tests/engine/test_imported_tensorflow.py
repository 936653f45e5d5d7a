"""A SavedModel in a project: made from its folder, made again when any file of it changes, served, exported."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime
import pytest

from penstock.core.errors import BadData
from penstock.serving.data_plane import open_data_plane

if TYPE_CHECKING:
    from conftest import Work

OpenWork = Callable[..., "Work"]
MODELS = Path(__file__).parent.parent / "conformance" / "tensorflow"
EXPECTED = json.loads((MODELS / "expected.json").read_text(encoding="utf-8"))["headlines"]
MODEL = "CREATE MODEL news OPTIONS (model_type = 'tensorflow', model_path = 'models/headlines/*');"

needs_tensorflow = pytest.mark.skipif(
    importlib.util.find_spec("tf2onnx") is None, reason="the extra `tensorflow` is not installed"
)


@pytest.fixture
def work(open_work: OpenWork) -> Work:
    opened = open_work({"all.sql": f"{MODEL} CREATE ENDPOINT news_api ON MODEL news;"})
    for file in sorted((MODELS / "headlines").rglob("*")):
        if file.is_file():
            opened.put(f"models/headlines/{file.relative_to(MODELS / 'headlines').as_posix()}", file.read_bytes())
    return opened


@needs_tensorflow
def test_a_saved_model_is_asked_served_exported_and_watched(work: Work) -> None:
    work.run()
    row = {name: values[1] for name, values in EXPECTED["rows"].items()}
    wanted = {name: values[1] for name, values in EXPECTED["answers"].items()}
    asked = "SELECT ['stocks', 'fall', 'after', 'vote'] AS words, -2.0 AS score, 22 AS hour"
    ((topic, chances),) = work.rows(f"SELECT topic, dense_1 FROM ML.PREDICT(MODEL news, ({asked}))")
    assert (topic, chances) == (wanted["topic"], pytest.approx(wanted["dense_1"], rel=1e-5))

    session = work.session
    with closing(
        open_data_plane(session.catalog, session.lake, session.storage, session.settings, session.clock)
    ) as plane:
        plane.refresh()
        (answer,) = plane.predict("news_api", [row]).predictions
    assert answer["prediction"] == wanted | {"dense_1": pytest.approx(wanted["dense_1"], rel=1e-5)}

    work.sql("EXPORT MODEL news OPTIONS (uri = 'out')")
    exported = onnxruntime.InferenceSession((work.root / "out/model.onnx").read_bytes())
    words = {"words": np.array([row["words"]], object)}
    numbers = {"score": np.array([row["score"]], np.float32), "hour": np.array([[row["hour"]]])}
    (scores,) = exported.run(["dense_1"], words | numbers)
    np.testing.assert_allclose(scores, [wanted["dense_1"]], rtol=1e-5)

    assert work.plan()["news"][0] == "skip"
    deep = work.root / "models/headlines/variables/variables.data-00000-of-00001"
    deep.write_bytes(deep.read_bytes() + b"x")
    assert work.plan()["news"][0] != "skip"


def test_a_folder_that_is_not_there_is_told(work: Work) -> None:
    with pytest.raises(BadData, match="there is no folder 'headlnes' in models"):
        work.sql("CREATE MODEL m OPTIONS (model_type = 'tensorflow', model_path = 'models/headlnes/*')")
    with pytest.raises(BadData, match="gs:// is not reached"):
        work.sql("CREATE MODEL m OPTIONS (model_type = 'tensorflow', model_path = 'gs://bucket/model/*')")
