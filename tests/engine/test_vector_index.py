"""Vector indexes in a session: made, used, outgrown, made anew, dropped; and BigQuery's forms of the statements."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from penstock.core.errors import BadData, InvalidOption, SyntaxProblem, UnknownName, UserError
from penstock.core.events import Event, Noticed
from penstock.engine.session import Session, open_session
from penstock.engine.statement import execute, last

TABLE = (
    "CREATE TABLE 글 AS SELECT range AS id, 't' || range AS title, "
    "[sin(range), cos(range), sin(range / 7), range % 5] AS 자리 FROM range(3000)"
)
INDEX = "CREATE VECTOR INDEX near ON 글 (자리) OPTIONS (index_type = 'IVF')"
ASKED = "(SELECT id AS q, 자리 FROM 글 WHERE id IN (5, 77, 2900))"


class Lake:
    """A session, and what it was told."""

    def __init__(self, session: Session, heard: list[Event]) -> None:
        self.session, self.heard = session, heard

    def do(self, text: str, dialect: str = "duckdb") -> str:
        return last(execute(self.session, text, dialect=dialect)).message or ""

    def rows(self, text: str) -> list[tuple[object, ...]]:
        result = last(execute(self.session, text))
        return [tuple(row.values()) for batch in result.batches() for row in batch.to_pylist()]

    def notices(self) -> list[str]:
        return [event.message for event in self.heard if isinstance(event, Noticed)]


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    (tmp_path / "penstock.toml").write_text("", encoding="utf-8")
    heard: list[Event] = []
    with open_session(tmp_path, listener=heard.append) as session:
        opened = Lake(session, heard)
        opened.do(TABLE)
        yield opened


def search(more: str = "", distance: str = "EUCLIDEAN") -> str:
    return (
        f"SELECT query.q, base.id, distance FROM VECTOR_SEARCH(TABLE 글, '자리', {ASKED}, top_k => 4, "
        f"distance_type => '{distance}'{more})"
    )


def artifacts(lake: Lake) -> int:
    return len(lake.session.storage.list("vector_indexes"))


@pytest.mark.parametrize("distance", ["EUCLIDEAN", "COSINE", "DOT_PRODUCT"])
def test_an_index_finds_what_a_search_without_it_finds(lake: Lake, distance: str) -> None:
    lake.do(f"CREATE VECTOR INDEX near ON 글 (자리) OPTIONS (index_type = 'IVF', distance_type = '{distance}')")
    with_index = lake.rows(search(distance=distance))
    exact = lake.rows(search(""", options => '{"use_brute_force": true}'""", distance))
    # Of equally near rows either may be found.
    assert [(q, far) for q, _, far in with_index] == [(q, pytest.approx(far)) for q, _, far in exact]
    assert len(lake.session.indexes._loaded) == 1
    one = "SELECT base.title FROM VECTOR_SEARCH(TABLE 글, '자리', query_value => [0.0, 1.0, 0.0, 0.0], top_k => 1)"
    assert lake.rows(one) == [("t0",)]


def test_a_table_is_made_of_what_an_index_finds(lake: Lake) -> None:
    lake.do(INDEX)
    lake.do(f"CREATE TABLE found AS {search()}")
    assert len(lake.session.indexes._loaded) == 1
    assert lake.rows("SELECT q, id FROM found WHERE distance = 0 ORDER BY q") == [(5, 5), (77, 77), (2900, 2900)]
    lake.do("CREATE TEMP TABLE 글 AS SELECT 1 AS id, [1.0, 2.0, 3.0, 4.0] AS 자리")
    assert lake.rows("SELECT base.id FROM VECTOR_SEARCH(TABLE 글, '자리', query_value => [1.0, 1, 1, 1])") == [(1,)]


def test_another_distance_or_column_or_query_looks_at_every_row(lake: Lake) -> None:
    lake.do(INDEX)
    lake.rows(search(distance="COSINE"))
    lake.rows(search(", options => '{\"use_brute_force\": true}'"))
    lake.rows(f"SELECT * FROM VECTOR_SEARCH((SELECT * FROM 글 WHERE id < 9), '자리', {ASKED}, top_k => 2)")
    lake.rows(f"SELECT count(*) FROM VECTOR_SEARCH(TABLE 글, '자리', {ASKED}, top_k => -1)")
    assert not lake.session.indexes._loaded


def test_a_table_that_has_changed_is_searched_whole_until_its_index_is_made_anew(lake: Lake) -> None:
    lake.do(INDEX)
    drift = "SELECT drift FROM VECTOR_INDEX.STATISTICS(TABLE 글)"
    assert lake.rows(drift) == [(0.0,)]
    lake.do("INSERT INTO 글 VALUES (9000, 'new', [9, 9, 9, 9])")
    lake.do("UPDATE 글 SET 자리 = [8, 8, 8, 8] WHERE id = 5")
    lake.do("DELETE FROM 글 WHERE id = 6")
    nearest = "SELECT base.id FROM VECTOR_SEARCH(TABLE 글, '자리', query_value => [9.0, 9, 9, 9], top_k => 2)"
    assert lake.rows(nearest) == [(9000,), (5,)]
    assert "ALTER VECTOR INDEX near ON 글 REBUILD" in lake.notices()[-1]
    assert lake.rows(drift) == [(pytest.approx(3 / 3000),)]
    told = len(lake.notices())
    assert lake.do("ALTER VECTOR INDEX near ON 글 REBUILD") == "vector index near made anew: 3,000 vectors of 4 numbers"
    assert lake.rows(nearest) == [(9000,), (5,)]
    assert (lake.rows(drift), len(lake.notices()), artifacts(lake)) == ([(0.0,)], told, 2)
    lake.do(TABLE.replace("CREATE TABLE", "CREATE OR REPLACE TABLE"))
    assert lake.rows(drift) == [(1.0,)]
    assert lake.rows(search())[0][:2] == (5, 5)


def test_a_dropped_index_or_table_leaves_nothing(lake: Lake) -> None:
    lake.do(INDEX)
    assert lake.do("DROP VECTOR INDEX near ON 글") == "vector index near dropped"
    assert artifacts(lake) == 0
    assert lake.rows("SELECT drift FROM VECTOR_INDEX.STATISTICS(TABLE 글)") == [(None,)]
    lake.do(INDEX)
    lake.do("DROP TABLE 글")
    assert artifacts(lake) == 0


def test_bigquerys_forms_are_read(lake: Lake) -> None:
    forms = """
        CREATE OR REPLACE VECTOR INDEX `near` ON `p.main.글`(`자리`)
        STORING (title, id) PARTITION BY RANGE_BUCKET(id, [1, 2])
        OPTIONS (index_type = 'TREE_AH', distance_type = 'COSINE',
                 tree_ah_options = '{"leaf_node_embedding_count": 1000, "normalization_type": "L2"}');
        CREATE VECTOR INDEX IF NOT EXISTS near ON 글(자리)
        OPTIONS (index_type = 'IVF', ivf_options = '{"num_lists": 20}');
    """
    assert lake.do(forms, "bigquery") == "vector index near exists"
    assert "PARTITION BY changes nothing" in lake.notices()[0]
    assert "near made" in lake.do(INDEX.replace("CREATE", "CREATE OR REPLACE"))
    for text in ("ALTER VECTOR INDEX IF EXISTS far ON 글 REBUILD", "DROP VECTOR INDEX IF EXISTS far ON 글"):
        assert lake.do(text) == "there is no vector index far"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (INDEX.replace("글", "긂"), "no table '긂'"),
        (INDEX.replace("자리", "자리2"), "no column '자리2'"),
        (INDEX.replace("자리", "title"), "'title' must be a list of numbers"),
        (INDEX.replace("'IVF'", "'HNSW'"), "'IVF', 'TREE_AH'"),
        (INDEX.replace("index_type = 'IVF'", "distance_type = 'COSINE'"), "has no index_type"),
        (INDEX.replace("index_type", "index_typ"), "Did you mean 'index_type'"),
        (INDEX[:-1] + """, ivf_options = '{"num_lists": 9000}')""", "num_lists, 1 to 5,000"),
        (INDEX[:-1] + """, tree_ah_options = '{}')""", "does not go with index_type = 'IVF'"),
        (INDEX.replace(" OPTIONS (index_type = 'IVF')", ""), "OPTIONS"),
        (INDEX.replace("(자리)", "(자리, id)"), "an index is of one column"),
        ("ALTER VECTOR INDEX near ON 글 REBUILD", "no vector index on 글 called 'near'"),
        ("DROP VECTOR INDEX near ON 글", "no vector index on 글 called 'near'"),
        (
            "CREATE VIEW v AS SELECT * FROM 글; CREATE VECTOR INDEX n ON v(자리) OPTIONS (index_type = 'IVF')",
            "no table of",
        ),
        (f"{INDEX}; {INDEX}", "CREATE OR REPLACE VECTOR INDEX"),
        (f"{INDEX}; {INDEX.replace('near', 'far')}", "has the vector index near already"),
        ("SELECT * FROM VECTOR_INDEX.STATISTICS((SELECT * FROM 글 WHERE id < 3))", "takes a table"),
    ],
)
def test_what_cannot_be_an_index_is_told(lake: Lake, text: str, message: str) -> None:
    with pytest.raises((BadData, InvalidOption, SyntaxProblem, UnknownName, UserError), match=message):
        for result in execute(lake.session, text):
            list(result.batches())


def test_a_query_of_another_length_is_told(lake: Lake) -> None:
    lake.do(INDEX)
    with pytest.raises(BadData, match="different lengths, 2 and 4"):
        lake.rows("SELECT * FROM VECTOR_SEARCH(TABLE 글, '자리', query_value => [1.0, 2.0])")
