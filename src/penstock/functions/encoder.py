"""The ML functions that number words: what they learn is a vocabulary, frozen into scalar SQL."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from penstock.core.options import OptionSpec
from penstock.functions.literal import double_sql, text_sql
from penstock.functions.preprocessor import Argument, Parameters, Preprocessing

PAIRS = "STRUCT(index BIGINT, value DOUBLE)[]"


def frequent_words(words: pa.Array, parameters: Parameters) -> list[str]:
    """Return the `top_k` most frequent of words that occur often enough, ascending; of equally frequent ones the
    first by the alphabet.
    """
    counts = pc.value_counts(pc.drop_null(words))
    threshold = cast("int", parameters["frequency_threshold"])
    often = counts.filter(pc.greater_equal(counts.field("counts"), threshold))
    ranked = sorted(zip(often.field("counts").to_pylist(), often.field("values").to_pylist(), strict=True), key=_rank)
    return sorted(word for _, word in ranked[: cast("int", parameters["top_k"])])


def _rank(counted: tuple[int, str]) -> tuple[int, str]:
    return -counted[0], counted[1]


def code_sql(word: str, vocabulary: Sequence[str]) -> str:
    """Return SQL for the number of a word, from 1; 0 for NULL and for any that the vocabulary has not."""
    if not vocabulary:
        return "CAST(0 AS BIGINT)"
    # An enum finds its word by hash, where a list would be searched from its beginning for every row.
    enum = ", ".join(text_sql(each) for each in vocabulary)
    return f"coalesce(CAST(enum_code(TRY_CAST({word} AS ENUM({enum}))) AS BIGINT) + 1, 0)"


def words_by_document(documents: pa.Array) -> pa.Array:
    """Return the words of lists, one as often as it stands in different lists; NULL is none."""
    if not pa.types.is_list(documents.type):
        return pa.array([], pa.string())
    words = pc.list_flatten(documents)
    coded = (words.dictionary_decode() if pa.types.is_dictionary(words.type) else words).dictionary_encode()
    width = len(coded.dictionary)
    known = coded.is_valid().to_numpy(zero_copy_only=False)
    places = pc.fill_null(coded.indices.cast(pa.int64()), 0).to_numpy()[known]
    documents_of = pc.list_parent_indices(documents).to_numpy()[known].astype(np.int64)
    return coded.dictionary.take(pa.array(np.unique(documents_of * max(width, 1) + places) % max(width, 1)))


def _label_encoder(argument: Argument, parameters: Parameters) -> str:
    return code_sql(f"CAST(({argument.sql}) AS VARCHAR)", frequent_words(cast("pa.Array", argument.values), parameters))


def _one_hot_encoder(argument: Argument, parameters: Parameters) -> str:
    words = cast("pa.Array", argument.values)
    vocabulary = frequent_words(words, parameters)
    code = code_sql(f"CAST(({argument.sql}) AS VARCHAR)", vocabulary)
    value = "1e0"
    if parameters["drop"] == "most_frequent" and vocabulary:
        dropped = frequent_words(words, {**parameters, "top_k": 1})[0]
        value = f"CASE penstock_code WHEN {vocabulary.index(dropped) + 1} THEN 0e0 ELSE 1e0 END"
    return f"list_transform([{code}], lambda penstock_code: {{'index': penstock_code, 'value': {value}}})"


def counted_sql(argument: Argument, vocabulary: Sequence[str], value: str) -> str:
    """Return SQL for one pair a word of the list, by ascending number; `value` is SQL over its `penstock_pair`."""
    # Named once: the list may be a long expression.
    codes = f"list_transform(penstock_words, lambda penstock_word: {code_sql('penstock_word', vocabulary)})"
    counts = f"map_entries(list_aggregate({codes}, 'histogram'))"
    pair = f"{{'index': penstock_pair.key, 'value': CAST({value} AS DOUBLE)}}"
    pairs = f"list_sort(list_transform({counts}, lambda penstock_pair: {pair}))"
    empty = f"CASE len(penstock_words) WHEN 0 THEN CAST([] AS {PAIRS}) ELSE {pairs} END"
    return f"list_transform([CAST(({argument.sql}) AS VARCHAR[])], lambda penstock_words: {empty})[1]"


def document_words(documents: pa.Array, top_k: int, parameters: Parameters) -> list[str]:
    """Return the `top_k` words that stand in the most lists, of those that stand in enough of them, ascending."""
    return frequent_words(words_by_document(documents), {**parameters, "top_k": top_k})


def _vocabulary(argument: Argument, parameters: Parameters) -> list[str]:
    return document_words(cast("pa.Array", argument.values), cast("int", parameters["top_k"]), parameters)


def _multi_hot_encoder(argument: Argument, parameters: Parameters) -> str:
    return counted_sql(argument, _vocabulary(argument, parameters), "1")


def _bag_of_words(argument: Argument, parameters: Parameters) -> str:
    return counted_sql(argument, _vocabulary(argument, parameters), "penstock_pair.value")


def inverse_frequencies(documents: pa.Array, vocabulary: Sequence[str]) -> list[float]:
    """Return how telling each word is, ln(1 + N / (1 + documents with it)), after that of an unknown one: the mean."""
    counts = pc.value_counts(words_by_document(documents))
    holding = dict(zip(counts.field("values").to_pylist(), counts.field("counts").to_pylist(), strict=True))
    number = len(documents) - documents.null_count
    known = [math.log(1 + number / (1 + holding[word])) for word in vocabulary]
    return [sum(known) / len(known) if known else 0.0, *known]


def _tf_idf(argument: Argument, parameters: Parameters) -> str:
    vocabulary = _vocabulary(argument, parameters)
    telling = inverse_frequencies(cast("pa.Array", argument.values), vocabulary)
    return counted_sql(argument, vocabulary, weight_sql(telling))


def weight_sql(telling: Sequence[float]) -> str:
    """Return SQL over `penstock_pair` for the share of a word times how telling it is."""
    weights = f"[{', '.join(double_sql(value) for value in telling)}]"
    # Multiplied last: BigQuery's published digits come out.
    return f"(CAST(penstock_pair.value AS DOUBLE) / len(penstock_words)) * {weights}[penstock_pair.key + 1]"


TOP_K = OptionSpec("top_k", "integer", 32_000, "How many words to keep.", minimum=1, maximum=1_000_000)
THRESHOLD = OptionSpec("frequency_threshold", "integer", 5, "How often a word must occur.", minimum=0)
DOCUMENTS = OptionSpec(
    "frequency_threshold", "integer", 5, "In how many of the rows learnt from a word must stand.", minimum=0
)
_PAIRS = "as ARRAY<STRUCT<index, value>>"

ENCODERS: tuple[Preprocessing, ...] = (
    Preprocessing(
        "ML.LABEL_ENCODER",
        "Numbers the texts learnt from 1, 2, … by the alphabet; NULL, rare and unseen texts are 0.",
        "text",
        True,
        (TOP_K, THRESHOLD),
        _label_encoder,
    ),
    Preprocessing(
        "ML.ONE_HOT_ENCODER",
        f"Gives the number that ML.LABEL_ENCODER would give, {_PAIRS} of one pair with the value 1; a dropped text has "
        "the value 0.",
        "text",
        True,
        (
            OptionSpec("drop", "string", "none", "The text to drop.", choices=("none", "most_frequent")),
            TOP_K,
            THRESHOLD,
        ),
        _one_hot_encoder,
    ),
    Preprocessing(
        "ML.MULTI_HOT_ENCODER",
        f"Numbers the words of a list, {_PAIRS}: a pair with the value 1 for each that it holds.",
        "list of texts",
        True,
        (TOP_K, DOCUMENTS),
        _multi_hot_encoder,
    ),
    Preprocessing(
        "ML.BAG_OF_WORDS",
        f"Counts the words of a list, {_PAIRS}: the value is how often the list holds the word; unknown ones and NULL "
        "are 0.",
        "list of texts",
        True,
        (TOP_K, DOCUMENTS),
        _bag_of_words,
    ),
    Preprocessing(
        "ML.TF_IDF",
        f"Weighs the words of a list, {_PAIRS}: the share that a word has of the list, times "
        "ln(1 + lists / (1 + lists with the word)); for unknown ones, number 0, the mean of these.",
        "list of texts",
        True,
        (TOP_K, DOCUMENTS),
        _tf_idf,
    ),
)
