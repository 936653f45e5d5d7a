"""Texts are cut up in training as a served graph cuts them up, and only texts that have words to read."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from penstock.learn.artifact import session_of
from penstock.learn.automl.ngram_reading import NgramReading, TextColumn, Unit, readings_of, text_columns
from penstock.learn.automl.text_feature import text_features
from penstock.learn.automl.text_line import TextLine, TextWeights
from penstock.learn.automl.topic_feature import topic_features
from penstock.learn.feature_column import code_texts, features_of
from penstock.learn.graph_input import graph_input
from penstock.learn.learner import TrainingData
from penstock.learn.schema import Task

ODD = [
    *(None, "", " ", "^", "Fine day, fine DAY", "한글과 English가 섞인 문장"),
    *("ㅋㅋㅋ!!!", "İstanbul ǅ ß", "a\tb\n\nc", "👍🏽 ok", "x" * 700),
]


def reading_of(table: pa.Table, unit: Unit) -> NgramReading:
    return NgramReading(features_of(table)[0], unit, (1, 2) if unit is Unit.WORDS else (2, 3, 4))


def data_of(table: pa.Table) -> TrainingData:
    nowhere, target = np.zeros(table.num_rows, np.bool_), np.arange(table.num_rows) % 2.0
    return TrainingData(table, features_of(table), target, nowhere, None, (0, 1), Task.CLASSIFICATION, 1, 1)


def by_graph(table: pa.Table, reading: NgramReading, words: list[str], weights: np.ndarray) -> np.ndarray:
    line = TextLine((TextWeights(reading, tuple(words), weights),), np.zeros(weights.shape[1]))
    graph = line.fitted(features_of(table), 1).graph
    assert graph is not None
    return session_of(graph).run(None, graph_input(table, features_of(table)))[0]


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.none()
        | st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
        | st.text("ab A가나.,1", max_size=30),
        min_size=1,
        max_size=12,
    ),
    st.sampled_from(Unit),
)
def test_a_graph_counts_the_n_grams_that_training_counts(texts, unit):
    table = pa.table({"text": pa.array([*texts, *ODD], pa.string())})
    reading = reading_of(table, unit)
    rows = reading.rows(table, 10_000, 1)
    weights = np.random.default_rng(1).normal(size=(len(rows.words), 2))
    words, forms = rows.table(weights)
    np.testing.assert_allclose(by_graph(table, reading, words, forms), rows.matrix @ weights, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("unit", Unit)
def test_counts_are_those_of_scikit_learn(unit):
    random = np.random.default_rng(2)
    texts = [" ".join(random.choice(["Ab", "ab", "b가", "c", "22"], random.integers(1, 9))) for _ in range(60)]
    rows = reading_of(pa.table({"text": texts}), unit).rows(pa.table({"text": texts}), 10_000, 3)
    if unit is Unit.WORDS:
        counter, shown = CountVectorizer(token_pattern=r"\w+", ngram_range=(1, 2)), texts
    else:
        counter, shown = CountVectorizer(analyzer="char", ngram_range=(2, 4)), [f"^{text}" for text in texts]
    counts = counter.fit_transform(shown)
    known = {word: column for column, word in enumerate(counter.get_feature_names_out())}
    often = {word for word, column in known.items() if (counts[:, [column]] > 0).sum() >= 3}
    assert set(rows.words) == often
    sizes = np.sqrt(np.asarray(counts.sum(axis=1)))
    mine = counts[:, [known[word] for word in rows.words]].toarray() / sizes
    np.testing.assert_allclose(rows.matrix.toarray(), mine, rtol=1e-12)
    frequency = (mine > 0).sum(axis=0)
    np.testing.assert_allclose(rows.rarity, np.log(61 / (1 + frequency)) + 1)


def test_only_the_most_frequent_n_grams_are_read():
    table = pa.table({"text": ["a b", "a c", "a b d"] * 3})
    rows = reading_of(table, Unit.WORDS).rows(table, 2, 3)
    assert rows.words == ("a", "b")


@pytest.mark.parametrize("texts", [[None, None], ["", None], []])
def test_texts_without_n_grams_have_none(texts):
    table = pa.table({"text": pa.array(texts, pa.string())})
    for unit in Unit:
        rows = reading_of(table, unit).rows(table, 100, 3)
        assert rows.words == rows.forms == ()
        assert rows.matrix.shape == (len(texts), 0)


def test_a_coded_column_is_read_as_its_texts():
    table = pa.table({"text": ["good day", "bad day", None, "good"] * 40_000})
    coded = code_texts(table, 1)
    assert pa.types.is_dictionary(coded.column(0).type)
    plain, of_codes = (reading_of(of, Unit.WORDS).rows(of, 100, 3) for of in (table, coded))
    assert plain.words == of_codes.words
    assert (plain.matrix != of_codes.matrix).nnz == 0


def rows_of(kind: str, count: int = 120) -> list[str]:
    made = {
        "review": lambda row: f"The {['best', 'worst'][row % 2]} film number {row} I saw",
        "후기": lambda row: f"{['정말 재미있는', '너무 지루한'][row % 2]} 영화 {row}번을 봤어요",
        "price": lambda row: f"${row},{row % 900 + 100}.50",
        "day": lambda row: f"20{row % 20 + 10}-0{row % 9 + 1}-1{row % 9}",
        "amount": lambda row: f"{row}.5",
        "share": lambda row: f"{row} %",
        "place": lambda row: f"37.{row + 100}, 127.{row + 100}",
        "held": lambda row: f'{{"name": "n{row}", "age": {row}}}',
    }
    return [made[kind](row) for row in range(count)]


@pytest.mark.parametrize("kind", ["price", "day", "amount", "share", "place", "held"])
def test_what_means_something_else_has_no_n_grams(kind):
    table = pa.table({"review": rows_of("review"), kind: rows_of(kind)})
    data = data_of(table)
    assert [text.feature.name for text in text_columns(data)] == ["review"]
    assert {name for each in text_features(data) for name in each.reads} == {"review"}


@pytest.mark.parametrize("kind", ["review", "후기"])
def test_prose_is_read_in_any_language(kind):
    data = data_of(pa.table({kind: rows_of(kind)}))
    assert [text.feature.name for text in text_columns(data)] == [kind]
    units = {each.expression.arguments[0].arguments[0].value[0] for each in topic_features(data)}
    assert units == {r"[\p{L}\p{N}]+" if kind == "review" else "(?s)."}


def test_categories_are_no_texts():
    assert not list(text_columns(data_of(pa.table({"kind": ["a good one", "a bad one"] * 100}))))


def test_short_texts_are_read_by_letters_and_long_ones_by_words():
    feature = features_of(pa.table({"text": ["a"]}))[0]

    def units(words: float, letters: float) -> list[Unit]:
        return [each.unit for each in readings_of(TextColumn(feature, words, letters), (1, 2), (2, 3))]

    assert units(1.2, 9) == [Unit.LETTERS]
    assert units(12, 80) == [Unit.WORDS, Unit.LETTERS]
    assert units(17_000, 100_000) == [Unit.WORDS]
