"""The example of a package with a model type of its own: installed by pip, it is trained by SQL like any other."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from penstock.testing.project import write_project

PACKAGE = Path(__file__).parents[2] / "examples" / "learner-package"
PROJECT = """
CREATE TABLE 판매 AS
SELECT i % 24 AS 시각, (ARRAY['서울', '부산', NULL])[1 + i % 3] AS 도시, [i, 1.0] AS 목록,
       CASE WHEN i % 24 > 17 THEN 50 ELSE i % 24 END + 10 * (i % 3) AS 수량
FROM range(720) AS r(i);
CREATE MODEL 예측 OPTIONS (model_type = 'additive_regressor', input_label_cols = ['수량'], bins = 24,
  prior_rows = 0.01) AS
SELECT * FROM 판매;
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a process that finds the package, installed into a folder of its own."""
    folder = tmp_path_factory.mktemp("package")
    source, target = folder / "source", folder / "installed"
    shutil.copytree(PACKAGE, source, ignore=shutil.ignore_patterns("__pycache__", ".*_cache"))
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    done = subprocess.run([*command, "--target", target, source], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return {**os.environ, "PYTHONPATH": str(target), "PYTHONIOENCODING": "utf-8"}


def penstock(environment: dict[str, str], folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "penstock", "-C", folder, *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8", timeout=120)


def test_it_passes_its_own_tests(installed: dict[str, str], tmp_path: Path) -> None:
    shutil.copytree(PACKAGE / "tests", tmp_path / "tests")
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", tmp_path / "tests"]
    done = subprocess.run(command, env=installed, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout
    assert "additive_regressor" not in done.stdout


def test_it_is_trained_scored_and_explained_by_sql(installed: dict[str, str], tmp_path: Path) -> None:
    folder = write_project(tmp_path, {"p.sql": PROJECT})
    ran = penstock(installed, folder, "run")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "목록" in ran.stdout + ran.stderr, "That a list is not read is said."

    asked = (
        "SELECT mean_absolute_error < 0.5 AS ok FROM ML.EVALUATE(MODEL 예측)",
        "SELECT count(*) = 720 AND max(abs(predicted_수량 - 수량)) < 3 AS ok FROM ML.PREDICT(MODEL 예측, TABLE 판매)",
        "SELECT max(abs(prediction_value - predicted_수량)) < 1e-9 ok FROM ML.EXPLAIN_PREDICT(MODEL 예측, TABLE 판매)",
        "SELECT count(*) > 1 AS ok FROM ML.TRAINING_INFO(MODEL 예측)",
    )
    for query in asked:
        answer = penstock(installed, folder, "sql", query)
        assert answer.returncode == 0, answer.stderr
        assert "true" in answer.stdout.lower(), f"{query}: {answer.stdout}"


def test_its_options_are_checked_as_those_of_every_model_type(installed: dict[str, str], tmp_path: Path) -> None:
    folder = write_project(tmp_path, {"p.sql": PROJECT.replace("bins = 24", "bin = 24")})
    ran = penstock(installed, folder, "run")
    assert ran.returncode == 1
    assert "There is no option 'bin' for model type additive_regressor." in ran.stdout + ran.stderr
    assert "'bins'" in ran.stdout + ran.stderr


def test_without_the_package_there_is_no_such_model_type(tmp_path: Path) -> None:
    folder = write_project(tmp_path, {"p.sql": PROJECT})
    ran = penstock(dict(os.environ), folder, "run")
    assert ran.returncode == 1
    assert "There is no model type 'additive_regressor'." in ran.stdout + ran.stderr
