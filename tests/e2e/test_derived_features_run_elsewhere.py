"""A search's model with what it reads in texts, in plain onnxruntime: also for what it has never seen."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from penstock.connection import open_connection
from penstock.testing.project import write_project

FEATURES = "가격, 날, 조회, 도시, 글, 소득, 빚"
PROJECT = f"""
CREATE TABLE 자료 AS
SELECT i, '₩' || format('{{:,}}', 1000 + (i * 7919) % 90000) AS 가격,
       strftime(DATE '2020-01-01' + ((i * 7919) % 1000)::INTEGER, '%d-%b-%Y') AS 날,
       (i * 31) % 990 / 10 || 'k' AS 조회, (ARRAY['서울', '부산', '대구'])[1 + i % 3] AS 도시,
       (ARRAY['정말 좋은 물건이에요', '다시는 안 사요', '그냥 그래요', 'do not buy'])[1 + i * 13 % 4] AS 글,
       (i * 7919) % 1000 / 10.0 AS 소득, 1 + (i * 104729) % 700 / 10.0 AS 빚
FROM range(500) AS r(i);
CREATE TABLE 배울것 AS
SELECT *, CASE WHEN (1000 + (i * 7919) % 90000) / 30000.0 + (글 LIKE '%좋은%')::INTEGER > 2 THEN '예'
               ELSE '아니오' END AS 답
FROM 자료;
CREATE MODEL 찾음
OPTIONS (model_type = 'automl_classifier', input_label_cols = ['답'], metric = 'log_loss', max_candidates = 2)
AS SELECT {FEATURES}, 답 FROM 배울것;
"""
STRANGE = """
SELECT i, CASE i % 5 WHEN 0 THEN NULL WHEN 1 THEN '공짜' ELSE 가격 END AS 가격,
       CASE i % 4 WHEN 0 THEN '30-Feb-2020' WHEN 1 THEN NULL ELSE 날 END AS 날,
       CASE i % 6 WHEN 0 THEN '3M' WHEN 1 THEN '' ELSE 조회 END AS 조회,
       CASE i % 3 WHEN 0 THEN '제주' WHEN 1 THEN NULL ELSE 도시 END AS 도시,
       CASE i % 7 WHEN 0 THEN '처음 보는 말 😀' WHEN 1 THEN '' WHEN 2 THEN NULL ELSE 글 END AS 글,
       CASE WHEN i % 8 = 0 THEN NULL ELSE 소득 END AS 소득, CASE WHEN i % 9 = 0 THEN 0 ELSE 빚 END AS 빚
FROM 자료
"""
IN_PYTHON = """
import json
import numpy as np
import onnxruntime

about = json.load(open("inputs.json", encoding="utf-8"))
rows = json.load(open("rows.json", encoding="utf-8"))
null, feeds = about["null"]["string"], {}
for given in about["inputs"]:
    values = rows[given["column"]]
    if given["tensor"] == "string":
        feeds[given["input"]] = np.array([[null if value is None else value] for value in values], dtype=object)
    else:
        feeds[given["input"]] = np.array([[np.nan if value is None else float(value)] for value in values])
(answers,) = onnxruntime.InferenceSession("model.onnx").run([about["output"]], feeds)
print(json.dumps(answers.tolist()))
"""


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with open_connection(write_project(tmp_path_factory.mktemp("project"), {"p.sql": PROJECT})) as opened:
        opened.run()
        yield opened


def test_texts_that_are_quantities_are_read_alike_and_what_is_strange_too(searched: Any, tmp_path: Path) -> None:
    read = searched.sql("SELECT feature FROM ML.FEATURE_SQL(MODEL 찾음) WHERE kind = 'quantities in texts'").rows()
    assert {"feature": "가격_number"} in read
    searched.export("찾음", tmp_path)
    strange = searched.sql(f"SELECT * FROM ({STRANGE}) ORDER BY i").arrow()
    columns = {name: strange.column(name).to_pylist() for name in FEATURES.split(", ")}
    (tmp_path / "rows.json").write_text(json.dumps(columns, default=float), encoding="utf-8")
    done = subprocess.run([sys.executable, "-c", IN_PYTHON], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    classes = json.loads((tmp_path / "inputs.json").read_text(encoding="utf-8"))["classes"]
    answers = searched.sql(f"SELECT * FROM ML.PREDICT(MODEL 찾음, ({STRANGE})) ORDER BY i").rows()
    said = [{one["label"]: one["prob"] for one in row["predicted_답_probs"]} for row in answers]
    expected = [[one[name] for name in classes] for one in said]
    np.testing.assert_allclose(json.loads(done.stdout), expected, rtol=0, atol=1e-6)
