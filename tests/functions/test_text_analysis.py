"""TEXT_ANALYZE, BAG_OF_WORDS and TF_IDF: BigQuery's published examples, and texts of other kinds."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import pytest

from penstock.core.errors import InvalidOption, SyntaxProblem

if TYPE_CHECKING:
    from conftest import World

STOP_WORDS_FIRST = '{"token_filters": [{"stop_words": ["I", "like"]}, {"normalizer": {"mode": "NONE"}}]}'
PATTERN_AND_STOP_WORDS = (
    '{"patterns": ["[a-zA-Z]*"], "token_filters": [{"normalizer": {"mode": "LOWER"}}, {"stop_words": ["they", "pie"]}]}'
)
PIE = "'I like pie, you like-pie, they like 2 PIEs.'"


def words(world: World, arguments: str) -> list[str] | None:
    found = world.sql(f"SELECT TEXT_ANALYZE({arguments}) AS v", dialect="bigquery")
    listed: list[str] | None = found["v"].to_pylist()[0]
    return listed


def test_the_log_analyzer_gives_the_published_example(world: World) -> None:
    expected = ["i", "like", "pie", "you", "like", "pie", "they", "like", "2", "pies"]
    assert words(world, PIE) == words(world, f"{PIE}, analyzer=>'LOG_ANALYZER'") == expected


def test_the_other_analyzers_give_the_published_examples(world: World) -> None:
    assert words(world, f"{PIE}, analyzer=>'NO_OP_ANALYZER'") == ["I like pie, you like-pie, they like 2 PIEs."]
    expected = ["like", "pie", "you", "like", "pie", "they", "like", "pies"]
    assert words(world, f"{PIE}, analyzer => 'pattern_analyzer'") == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            """analyzer=>'LOG_ANALYZER', analyzer_options=>'{"delimiters": [",", ".", "-"]}'""",
            ["i like pie", "you like", "pie", "they like 2 pies"],
        ),
        (
            f"analyzer=>'PATTERN_ANALYZER', analyzer_options=>'{PATTERN_AND_STOP_WORDS}'",
            ["i", "like", "you", "like", "like", "pies"],
        ),
        (
            f"analyzer_options=>'{STOP_WORDS_FIRST}'",
            ["pie", "you", "pie", "they", "2", "PIEs"],
        ),
    ],
)
def test_analyzer_options_give_the_published_examples(world: World, options: str, expected: list[str]) -> None:
    assert words(world, f"{PIE}, {options}") == expected


def test_letters_beyond_ascii_stay_as_they_are_unless_asked(world: World) -> None:
    assert words(world, "'ÄPFEL 사과'") == ["Äpfel".replace("ä", "Ä"), "사과"]
    lower = """analyzer_options=>'{"token_filters": [{"normalizer": {"mode": "UNICODE_LOWER"}}]}'"""
    assert words(world, f"'ÄPFEL 사과', {lower}") == ["äpfel", "사과"]
    normalizer = '{"normalizer": {"mode": "ICU_NORMALIZE", "icu_normalize_mode": "NFC"}}'
    nfc = f"""analyzer_options=>'{{"token_filters": [{normalizer}]}}'"""
    decomposed = unicodedata.normalize("NFD", "가")
    assert words(world, f"'{decomposed}', {nfc}") == ["가"]


def test_null_and_empty_texts_have_no_words(world: World) -> None:
    assert words(world, "CAST(NULL AS STRING)") is None
    assert words(world, "CAST(NULL AS STRING), analyzer => 'NO_OP_ANALYZER'") is None
    assert words(world, "''") == []
    assert words(world, "' - '") == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("analyzer => 'LOGANALYZER'", "'LOG_ANALYZER', 'NO_OP_ANALYZER', 'PATTERN_ANALYZER'"),
        ("analyser => 'LOG_ANALYZER'", "Did you mean 'analyzer'"),
        ("analyzer_options => 'delimiters'", "JSON such as"),
        ("""analyzer_options => '{"patterns": ["a"]}'""", "LOG_ANALYZER takes no patterns"),
        ("""analyzer_options => '{"delimiter": ["a"]}'""", "Did you mean 'delimiters'"),
        ("""analyzer_options => '{"delimiters": []}'""", "1 to 16 characters"),
        ("""analyzer_options => '{"token_filters": [{"stopwords": []}]}'""", "a normalizer or stop_words"),
        ("""analyzer_options => '{"token_filters": [{"normalizer": {"mode": "UPPER"}}]}'""", "no mode 'UPPER'"),
        ("""analyzer_options => '{"token_filters": [{"normalizer": {"mode": "ICU_NORMALIZE"}}]}'""", "NFC only"),
        ("analyzer => 'NO_OP_ANALYZER', analyzer => 'LOG_ANALYZER'", "given twice"),
        ("'LOG_ANALYZER', analyzer => 'LOG_ANALYZER'", "has analyzer twice"),
    ],
)
def test_what_an_analyzer_cannot_do_is_told(world: World, options: str, message: str) -> None:
    with pytest.raises((InvalidOption, SyntaxProblem), match=message):
        words(world, f"{PIE}, {options}")


def test_a_bag_of_words_gives_the_published_example(world: World) -> None:
    rows = (
        "SELECT 1 AS id, ['I', 'like', 'pie', 'pie', 'pie', NULL] AS f UNION ALL SELECT 2, ['yum', 'yum', 'pie', NULL]"
    )
    sql = f"SELECT BAG_OF_WORDS(f) AS v FROM ({rows} UNION ALL SELECT 3, [] UNION ALL SELECT 4, NULL) ORDER BY id"
    found = world.sql(sql, dialect="bigquery")["v"].to_pylist()
    counted = [row and [(pair["term"], pair["count"]) for pair in row] for row in found]
    assert counted == [[(None, 1), ("I", 1), ("like", 1), ("pie", 3)], [(None, 1), ("pie", 1), ("yum", 2)], [], None]


@pytest.mark.parametrize(
    ("arguments", "published"),
    [
        (
            "10, 2",
            [
                {
                    None: 0.1304033435859887,
                    "I": 0.1412163100645339,
                    "like": 0.1412163100645339,
                    "pie": 0.29389333245105953,
                },
                {None: 0.1956050153789831, "pie": 0.14694666622552977, "yum": 0.4236489301936017},
                {
                    None: 0.1956050153789831,
                    "I": 0.21182446509680086,
                    "pie": 0.14694666622552977,
                    "yum": 0.21182446509680086,
                },
                {None: 0.4694520369095594, "like": 0.1694595720774407, "pie": 0.11755733298042381},
            ],
        ),
        (
            "3, 2",
            [
                {
                    None: 0.12679902142647365,
                    "I": 0.1412163100645339,
                    "like": 0.1412163100645339,
                    "pie": 0.29389333245105953,
                },
                {None: 0.5705955964191315, "pie": 0.14694666622552977},
                {None: 0.380397064279421, "I": 0.21182446509680086, "pie": 0.14694666622552977},
                {None: 0.45647647713530515, "like": 0.1694595720774407, "pie": 0.11755733298042381},
            ],
        ),
    ],
)
def test_tf_idf_gives_the_published_digits(
    world: World, arguments: str, published: list[dict[str | None, float]]
) -> None:
    rows = (
        "SELECT 1 AS id, ['I', 'like', 'pie', 'pie', 'pie', NULL] AS f UNION ALL SELECT 2, ['yum', 'yum', 'pie', NULL] "
        "UNION ALL SELECT 3, ['I', 'yum', 'pie', NULL] UNION ALL SELECT 4, ['you', 'like', 'pie', 'too', NULL]"
    )
    found = world.sql(f"SELECT id, TF_IDF(f, {arguments}) OVER () AS v FROM ({rows}) ORDER BY id", dialect="bigquery")
    for row, expected in zip(found["v"].to_pylist(), published, strict=True):
        assert [pair["term"] for pair in row] == list(expected)
        assert [pair["tf_idf"] for pair in row] == pytest.approx(list(expected.values()), rel=1e-15)


def test_words_of_a_column_are_analyzed_counted_and_weighed_in_one_query(world: World) -> None:
    sql = (
        "SELECT TF_IDF(words, 100, 1) OVER () AS weighed, ML.BAG_OF_WORDS(words, 100, 1) OVER () AS counted "
        "FROM (SELECT TEXT_ANALYZE(review) AS words FROM (VALUES ('정말 좋다, 좋다!'), ('별로'), (NULL)) AS t(review))"
    )
    first, second, third = world.sql(sql).to_pylist()
    assert {pair["term"] for pair in first["weighed"]} == {"정말", "좋다"}
    assert sorted(pair["value"] for pair in first["counted"]) == [1, 2]
    assert [pair["term"] for pair in second["weighed"]] == ["별로"]
    assert third == {"weighed": None, "counted": None}
