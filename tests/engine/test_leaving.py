"""What leaves a project: dropped objects, exported models, scored files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest

from penstock.catalog.objects import list_objects
from penstock.core.errors import InvalidOption, StorageFailure, UnknownName, UserError
from penstock.core.names import Kind, ResourceName
from penstock.engine.drop import remove
from penstock.engine.file_scoring import score_file

if TYPE_CHECKING:
    from conftest import Work

OpenWork = Callable[..., "Work"]
PROJECT = """
CREATE TABLE t OPTIONS (time_column = 'day') AS SELECT * FROM 'in/*.csv';
CREATE VIEW v AS SELECT x FROM 'in/*.csv';
CREATE MODEL m TRANSFORM (x, upper(도시) AS town, y)
OPTIONS (model_type = 'linear_reg', input_label_cols = ['y'], data_split_method = 'NO_SPLIT') AS
SELECT x, 도시, y FROM t;
CREATE ENDPOINT e ON MODEL m;
CREATE MONITOR w ON ENDPOINT e BREACH WHEN max_psi > 1;
CREATE TRIGGER r ON BREACH OF w DO RETRAIN MODEL m;
"""
DATA = "x,도시,y,day\n" + "".join(
    f"{n},{'서울' if n % 2 else '부산'},{2 * n + n % 2},2026-01-{n + 1:02}\n" for n in range(28)
)


@pytest.fixture
def work(open_work: OpenWork) -> Work:
    opened = open_work({"in/a.csv": DATA, "p.sql": PROJECT})
    opened.run()
    return opened


def test_a_dropped_table_is_gone_and_made_anew_from_all_its_files(work: Work) -> None:
    dropped = work.sql("DROP TABLE t CASCADE").message
    assert dropped == "table t dropped, and with it model m, endpoint e, monitor w, trigger r"
    assert work.rows("SHOW TABLES") == []
    with pytest.raises(UnknownName, match="no table 't'"):
        work.rows("FROM t")
    assert work.run()["t"] == "28 rows"


def test_a_dropped_model_takes_its_versions_and_artifacts_with_it(work: Work) -> None:
    assert len(work.session.storage.list()) == 1
    work.sql("DROP MODEL m CASCADE")
    assert work.rows("SHOW VERSIONS") == []
    assert work.session.storage.list() == []
    with pytest.raises(UnknownName, match="no trained model 'm'"):
        work.rows("SELECT * FROM ML.PREDICT(MODEL m, TABLE t)")
    # Numbers are not given twice.
    assert work.run()["m"].startswith("version 2")


@pytest.mark.parametrize("statement", ["DROP VIEW v", "DROP ENDPOINT e", "DROP MONITOR w", "DROP TRIGGER r"])
def test_each_kind_can_be_dropped_once(work: Work, statement: str) -> None:
    work.sql(f"{statement} CASCADE")
    with pytest.raises(UnknownName):
        work.sql(statement)
    kind, name = statement.split()[1:]
    assert work.sql(f"DROP {kind} IF EXISTS {name}").message == f"there is no {kind.lower()} {name}"
    work.turn()


@pytest.mark.parametrize(
    ("statement", "standing"),
    [
        ("DROP TABLE T", "table T is not dropped, since others stand on it: model m, endpoint e, monitor w, trigger r"),
        ("DROP MODEL m", "model m is not dropped, since others stand on it: endpoint e, monitor w, trigger r"),
        ("DROP ENDPOINT e", "endpoint e is not dropped, since others stand on it: monitor w, trigger r"),
        ("DROP MONITOR w", "monitor w is not dropped, since others stand on it: trigger r"),
    ],
)
def test_what_others_stand_on_is_not_dropped_without_a_word(work: Work, statement: str, standing: str) -> None:
    before = list_objects(work.session.catalog)
    with pytest.raises(UserError, match=f"(?i){standing}") as caught:
        work.sql(statement)
    assert f"{statement} CASCADE" in str(caught.value.diagnostics[0].hint)
    assert list_objects(work.session.catalog) == before
    assert work.rows("SELECT count(*) FROM t") == [(28,)]


def test_a_hand_made_table_that_is_read_is_not_dropped(work: Work) -> None:
    work.session.connection.execute("CREATE TABLE by_hand AS SELECT 1 AS x")
    work.sql("CREATE VIEW reads AS SELECT x FROM by_hand; CREATE VIEW reads_that AS SELECT x FROM reads")
    with pytest.raises(UserError, match="others stand on it: view reads, view reads_that"):
        work.sql("DROP TABLE by_hand")
    assert (
        work.sql("DROP TABLE by_hand CASCADE").message
        == "table by_hand dropped, and with it view reads, view reads_that"
    )
    assert work.rows("SHOW VIEWS") != []
    assert [row[0] for row in work.rows("SHOW TABLES")] == ["t"]


def test_an_endpoint_whose_model_is_gone_is_not_up_to_date(work: Work) -> None:
    remove(work.session, [ResourceName(Kind.MODEL, "m")])
    assert work.plan()["e"] == ("create", "model m does not exist yet")
    assert "e" in work.run()
    assert work.plan()["e"] == ("skip", "it is up to date")


def test_a_hand_made_table_can_be_dropped(work: Work) -> None:
    work.session.connection.execute("CREATE TABLE by_hand AS SELECT 1 AS x")
    work.sql("DROP TABLE by_hand")
    with pytest.raises(UnknownName):
        work.sql("DROP TABLE by_hand")


def test_a_model_is_exported_with_what_a_stranger_needs(work: Work) -> None:
    message = work.sql("EXPORT MODEL m OPTIONS (uri = 'out/model')").message
    folder = work.root / "out/model"
    left = "Its graph takes what TRANSFORM gives, whose SQL is in inputs.json: a graph does not compute UPPER."
    assert message == f"Version 1 of m is in {folder}. {left}"
    assert {file.name for file in folder.iterdir()} == {"model.onnx", "manifest.json", "profile.json", "inputs.json"}
    words = json.loads((folder / "inputs.json").read_text(encoding="utf-8"))
    assert [(i["column"], i["input"], i["tensor"], i["holds"]) for i in words["inputs"]] == [
        ("x", "x", "float64", "number"),
        ("town", "town", "string", "string"),
    ]
    assert (words["model"], words["version"]) == ("m", 1)
    assert words["null"] == {"string": "\ufdd0null", "float64": "NaN"}
    assert words["output"] == "score"
    assert words["label"] == "y"
    assert [column["name"] for column in words["transform"]] == ["x", "town"]


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("EXPORT MODEL m", "Expected OPTIONS"),
        ("EXPORT MODEL m OPTIONS (url = 'x')", "There is no option 'url'"),
        ("EXPORT MODEL m OPTIONS (uri = 'gs://bucket/x')", "writes to a folder"),
        ("EXPORT MODEL m VERSION 9 OPTIONS (uri = 'x')", "9"),
    ],
)
def test_what_cannot_be_exported_is_said(work: Work, statement: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        work.sql(statement)


def test_an_earlier_export_of_the_same_model_is_replaced_and_told(work: Work) -> None:
    export = "EXPORT MODEL m OPTIONS (uri = 'out')"
    work.sql(export)
    assert "/out; it replaces version 1 there." in work.sql(export).message


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("notes.txt", "mine"),
        ("model.onnx", "mine"),
        ("inputs.json", "no json"),
        ("inputs.json", "[]"),
        ("inputs.json", '{"model": "other", "version": 1}'),
    ],
)
def test_a_folder_that_holds_something_else_is_left_alone(work: Work, name: str, text: str) -> None:
    work.put(f"out/{name}", text)
    with pytest.raises(InvalidOption, match="holds something else"):
        work.sql("EXPORT MODEL m OPTIONS (uri = 'out')")
    assert [(path.name, path.read_text()) for path in (work.root / "out").iterdir()] == [(name, text)]


def test_a_folder_that_cannot_be_made_is_said(work: Work) -> None:
    work.put("occupied", "a file")
    with pytest.raises(StorageFailure, match="cannot be written"):
        work.sql("EXPORT MODEL m OPTIONS (uri = 'occupied/x')")


def test_a_file_is_scored_into_a_file(work: Work) -> None:
    work.put("new.csv", "x,도시,note\n10,서울,a\n20,부산,\n")
    target = work.root / "scored.parquet"
    assert score_file(work.session, "e", work.root / "new.csv", target) == 2
    table = pq.read_table(target)
    assert table.column_names == ["predicted_y", "x", "도시", "note"]
    assert table["predicted_y"].to_pylist() == pytest.approx([21, 40], abs=0.3)
    assert score_file(work.session, "e", work.root / "new.csv", work.root / "scored.csv") == 2
    assert pc.read_csv(work.root / "scored.csv").num_rows == 2


def test_files_to_score_are_found_from_the_working_folder(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    work.put("below/new.csv", "x,도시\n10,서울\n")
    monkeypatch.chdir(work.root / "below")
    assert score_file(work.session, "e", Path("new.csv"), Path("scored.csv")) == 1
    assert (work.root / "below/scored.csv").is_file()


def test_what_cannot_be_scored_is_said(work: Work) -> None:
    work.put("new.csv", "x\n1\n")
    with pytest.raises(UnknownName, match="Did you mean 'e'"):
        score_file(work.session, "ee", Path("new.csv"), Path("x.csv"))
    with pytest.raises(InvalidOption, match=r"must end in \.parquet or \.csv"):
        score_file(work.session, "e", Path("new.csv"), Path("x.json"))
    with pytest.raises(UserError, match="도시"):
        score_file(work.session, "e", work.root / "new.csv", work.root / "x.csv")
