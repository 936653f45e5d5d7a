"""What is there to see: SHOW, DESCRIBE, status, lineage."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from penstock.core.errors import UnknownName
from penstock.engine.lineage import lineage
from penstock.engine.show import SUBJECTS as SHOWN
from penstock.engine.status import status
from penstock.sql.vocabulary import SUBJECTS as READ

if TYPE_CHECKING:
    from conftest import Work

OpenWork = Callable[..., "Work"]
PROJECT = """
CREATE TABLE raw AS SELECT * FROM 'a.csv';
CREATE TABLE features AS SELECT id, price * 2 AS twice, upper(city) AS town, price > 10 AS dear FROM raw;
CREATE VIEW few AS SELECT twice, town, dear FROM features WHERE id < 50 AND twice IS NOT NULL;
CREATE ASSERTION known ON raw CHECK (city IS NOT NULL);
CREATE MODEL m OPTIONS (model_type = 'linear_reg', input_label_cols = ['twice']) AS SELECT twice, town, dear FROM few;
CREATE GOAL g ON MODEL m ACCEPT WHEN r2_score > -1;
CREATE ENDPOINT e ON MODEL m;
CREATE MONITOR w ON TABLE raw BREACH WHEN row_count > 1;
CREATE TRIGGER r ON BREACH OF w DO RETRAIN MODEL m;
"""
DATA = "id,price,city,at\n" + "".join(
    f"{n},{n / 4 if n % 10 else ''},{'부산' if n % 4 else 'Seoul'},2026-01-{n % 28 + 1:02}\n" for n in range(60)
)


@pytest.fixture
def work(open_work: OpenWork) -> Work:
    opened = open_work({"a.csv": DATA, "p.sql": PROJECT})
    opened.run()
    return opened


@pytest.mark.parametrize("subject", READ)
def test_everything_that_can_be_asked_for_is_shown(work: Work, subject: str) -> None:
    of = " OF raw" if subject == "rejects" else ""
    work.turn()
    table = work.sql(f"SHOW {subject}{of}").table()
    assert table.num_columns >= 2
    if subject != "rejects":
        assert table.num_rows >= 1, subject


def test_the_words_of_show_are_those_that_are_answered() -> None:
    assert set(SHOWN) < set(READ)


def test_versions_are_shown_with_aliases_metrics_and_reason(work: Work) -> None:
    work.run(forced="m")
    first, second = work.sql("SHOW VERSIONS OF m").table().to_pylist()
    assert (first["version"], first["aliases"], first["status"]) == (1, "", "accepted")
    assert (second["version"], second["aliases"]) == (2, "champion")
    assert '"mean_absolute_error"' in second["metrics"]
    assert "a test wants it" in second["reason"]
    with pytest.raises(UnknownName, match="Did you mean 'm'"):
        work.sql("SHOW VERSIONS OF mm")


def test_history_tells_what_happened_to_one_object_or_to_all(work: Work) -> None:
    work.turn()
    work.turn()
    assert "accepted" in {row["kind"] for row in work.sql("SHOW HISTORY").table().to_pylist()}
    assert {row["subject"] for row in work.sql("SHOW HISTORY OF m").table().to_pylist()} == {"model m"}
    (breached,) = {row["breached"] for row in work.sql("SHOW EVALUATIONS OF w").table().to_pylist()}
    assert breached


def test_a_table_is_profiled_column_by_column(work: Work) -> None:
    profile = {row["name"]: row for row in work.sql("DESCRIBE TABLE raw").table().to_pylist()}
    assert list(profile) == ["id", "price", "city", "at"]
    assert profile["price"]["nulls"] == 6
    assert profile["id"]["distinct"] == 60
    assert "부산" in str(profile["city"])


def test_a_view_over_files_is_profiled_too(work: Work) -> None:
    work.sql("CREATE VIEW now AS SELECT price FROM 'a.csv'")
    (row,) = work.sql("DESCRIBE VIEW now").table().to_pylist()
    assert row["name"] == "price"


def test_a_model_is_described_with_its_versions_and_aliases(work: Work) -> None:
    facts = dict(work.rows("DESCRIBE MODEL m"))
    assert facts["definition"].startswith("CREATE MODEL m")
    assert facts["alias champion"] == "1"
    assert facts["version 1"].startswith("accepted: {")


def test_any_object_is_described_by_its_statement(work: Work) -> None:
    assert dict(work.rows("DESCRIBE TRIGGER r"))["definition"].startswith("CREATE TRIGGER r ON BREACH OF w")
    with pytest.raises(UnknownName, match="There is no goal 'gg'"):
        work.sql("DESCRIBE GOAL gg")


def test_status_says_of_every_object_how_it_is(work: Work) -> None:
    before = {row["name"]: row["state"] for row in status(work.session).to_pylist()}
    assert before["known"] == "holds"
    assert before["m"].startswith("version 1, ")
    assert before["e"] == "serves m version 1"
    assert before["w"] == "has not looked yet"
    assert before["r"] == "has not fired"
    work.turn()
    work.turn()
    after = {row["name"]: row["state"] for row in status(work.session).to_pylist()}
    assert after["w"].startswith("breached: row_count > 1")


def edges(work: Work, name: str | None) -> set[tuple[str, str]]:
    found = lineage(work.session, work.graph(), name).to_pydict()
    return set(zip(*found.values(), strict=True))


def test_lineage_leads_from_an_object_to_what_it_is_made_from_and_what_is_made_from_it(work: Work) -> None:
    assert edges(work, "raw") == {
        ("table raw", "file a.csv"),
        ("table features", "table raw"),
        ("assertion known", "table raw"),
        ("monitor w", "table raw"),
    }
    assert ("endpoint e", "model m") in edges(work, "M")
    assert edges(work, None) >= {("model m", "view few"), ("trigger r", "monitor w")}


def test_a_column_is_followed_to_where_it_comes_from(work: Work) -> None:
    assert edges(work, "features.town") == {("features.town", "raw.city")}
    assert edges(work, "few.twice") == {("few.twice", "features.twice")}
    with pytest.raises(UnknownName, match="Did you mean 'town'"):
        edges(work, "features.twon")
    with pytest.raises(UnknownName, match="no object 'nothing'"):
        edges(work, "nothing")
