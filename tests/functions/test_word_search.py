"""A search by words beside one by vectors: against BM25 and reciprocal ranks counted by hand in Python."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest

from penstock.core.errors import BadData, InvalidOption, UnknownName
from penstock.functions.word_search import words_sql
from penstock.lake.database import Connection
from penstock.sql.quoting import quote_literal

if TYPE_CHECKING:
    from conftest import World

TEXTS: list[str | None] = [
    "the cat sat on the mat",
    "a dog and a cat",
    "dogs, dogs, dogs",
    "the mat is red and the mat is old",
    None,
    "...",
    "배송이 늦어요",
    "빠른 배송 좋아요",
]
VECTORS: list[list[float] | None] = [[float(place), 1.0] for place in range(8)]


@pytest.fixture
def texts(world: World) -> World:
    rows = ", ".join(
        f"({place}, {'NULL' if text is None else quote_literal(text)}, {vector})"
        for place, (text, vector) in enumerate(zip(TEXTS, VECTORS, strict=True))
    )
    world.connection.execute(f"CREATE TABLE texts AS FROM (VALUES {rows}) t(id, text, place)")
    return world


def found(world: World, question: str, vector: Sequence[float], more: str = "") -> list[tuple[int, float | None]]:
    call = (
        f"TABLE texts, 'place', query_value => {json.dumps(list(vector))}, lexical_search_columns => ['text'], "
        f"lexical_search_query_value => {quote_literal(question)}{more}"
    )
    rows = world.sql(f"SELECT * FROM VECTOR_SEARCH({call})").to_pylist()
    return [(row["base"]["id"], row["distance"]) for row in rows]


def _by_hand(question: Sequence[str], texts: Sequence[list[str] | None], distances: Sequence[float]) -> list[int]:
    known = {place: words for place, words in enumerate(texts) if words is not None}
    mean = sum(map(len, known.values())) / len(known)
    scores: dict[int, float] = {}
    for place, words in known.items():
        counts = Counter(words)
        score = 0.0
        for term in sorted(set(question)):
            there = sum(term in other for other in known.values())
            weight = math.log(1 + (len(known) - there + 0.5) / (there + 0.5))
            score += weight * counts[term] * 2.2 / (counts[term] + 1.2 * (0.25 + 0.75 * len(words) / mean))
        if score:
            scores[place] = score
    by_words = sorted(scores, key=lambda place: (-scores[place], place))
    by_vector = sorted(range(len(texts)), key=lambda place: (distances[place], place))
    merit = {place: 1 / (61 + rank) for rank, place in enumerate(by_vector)}
    for rank, place in enumerate(by_words):
        merit[place] += 1 / (61 + rank)
    return sorted(merit, key=lambda place: (-merit[place], distances[place], place))


@pytest.mark.parametrize(
    ("question", "terms"),
    [
        ("the red MAT", ["the", "red", "mat"]),
        ("cat dog", ["cat", "dog"]),
        ("배송", ["배송"]),
        ("dogs dogs", ["dogs"]),
        ("?", []),
    ],
)
def test_both_orders_count_as_they_do_by_hand(texts: World, question: str, terms: list[str]) -> None:
    words = [_words(texts.connection, text, letters=True) for text in TEXTS]
    distances = [abs(2.0 - place) for place in range(8)]
    expected = _by_hand(terms, words, distances)
    assert [place for place, _ in found(texts, question, [2.0, 1.0], ", top_k => -1")] == expected
    assert [place for place, _ in found(texts, question, [2.0, 1.0], ", top_k => 3")] == expected[:3]


def _words(connection: Connection, text: str | None, *, letters: bool) -> list[str] | None:
    given = "NULL::VARCHAR" if text is None else quote_literal(text)
    found: list[str] | None = connection.table(f"SELECT {words_sql(given, letters=letters)}").column(0).to_pylist()[0]
    return found


@pytest.mark.parametrize(
    ("text", "as_question", "as_text"),
    [
        ("The GPT-4 model's", ["the", "gpt", "4", "model", "s"], ["the", "gpt", "4", "model", "s"]),
        ("배송이 빠름", ["배송", "송이", "빠름"], ["배송", "송이", "배", "송", "이", "빠름", "빠", "름"]),
        ("책", ["책"], ["책"]),
        ("GPT가 좋아", ["gpt", "가", "좋아"], ["gpt", "가", "좋아", "좋", "아"]),
        ("北京大学", ["北京", "京大", "大学"], ["北京", "京大", "大学", "北", "京", "大", "学"]),
        ("café CAFÉ", ["café", "café"], ["café", "café"]),
        ("", [], []),
        (None, None, None),
    ],
)
def test_words_are_told_apart(
    world: World, text: str | None, as_question: list[str] | None, as_text: list[str] | None
) -> None:
    assert _words(world.connection, text, letters=False) == as_question
    assert _words(world.connection, text, letters=True) == as_text


def test_a_korean_word_is_found_with_its_ending_and_a_row_without_a_vector_by_its_words(texts: World) -> None:
    (first, distance), *_ = found(texts, "배송", [7.0, 1.0])
    assert (first, distance) == (7, 0.0)
    assert {place for place, _ in found(texts, "배송", [0.0, 1.0], ", top_k => 3")} >= {6, 7}
    texts.connection.execute("UPDATE texts SET place = NULL WHERE id = 2")
    assert (2, None) in found(texts, "dogs", [0.0, 1.0], ", top_k => 8")


def test_what_a_search_by_words_lacks_is_said(texts: World) -> None:
    base = "TABLE texts, 'place'"
    words = "lexical_search_columns => ['text']"
    for call, kind, message in (
        (f"{base}, query_value => [1, 2], {words}", InvalidOption, "needs query_value, lexical_search_columns and"),
        (f"{base}, TABLE texts, {words}, lexical_search_query_value => 'a'", InvalidOption, "needs query_value"),
        (
            f"{base}, query_value => [1, 2], lexical_search_columns => ['txt'], lexical_search_query_value => 'a'",
            UnknownName,
            "txt",
        ),
        (
            f"{base}, query_value => [1, 2], lexical_search_columns => ['id'], lexical_search_query_value => 'a'",
            BadData,
            "must be text",
        ),
    ):
        with pytest.raises(kind, match=message):
            texts.sql(f"SELECT * FROM VECTOR_SEARCH({call})")
