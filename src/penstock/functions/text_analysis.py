"""TEXT_ANALYZE, BAG_OF_WORDS and TF_IDF: texts into words, and words into counts and weights."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import cast

import pyarrow as pa

from penstock.core.errors import InvalidOption
from penstock.core.names import near_or_all
from penstock.core.options import OptionSpec, OptionValue
from penstock.functions.encoder import counted_sql, document_words, inverse_frequencies, weight_sql
from penstock.functions.literal import text_sql
from penstock.functions.preprocessor import Argument, Parameters, Preprocessing

LOG, NO_OP, PATTERN = "LOG_ANALYZER", "NO_OP_ANALYZER", "PATTERN_ANALYZER"
MODES = ("NONE", "LOWER", "UNICODE_LOWER", "ICU_NORMALIZE")
# BigQuery's: signs, white space, and both as they are written in addresses.
_SIGNS = "[ ] < > ( ) { } | ! ; , ' \" * & ? + / : = @ . - $ % \\ _"
_WRITTEN = "%21 %26 %2526 %3B %3b %7C %7c %20 %2B %2b %3D %3d %2520 %5D %5d %5B %5b %3A %3a %0A %0a %2C %2c %28 %29"
DELIMITERS = (*_SIGNS.split(), "\n", "\r", " ", "\t", *_WRITTEN.split())
LONGEST_DELIMITER = 16
WORDS = r"\b\w{2,}\b"
_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# The analyzer that reads an option.
_READS = {"delimiters": (LOG,), "patterns": (PATTERN,), "token_filters": (LOG, PATTERN)}


def _text_analyze(argument: Argument, parameters: Parameters) -> str:
    text = f"CAST(({argument.sql}) AS VARCHAR)"
    analyzer = str(parameters["analyzer"])
    options = _analyzer_options(str(parameters["analyzer_options"]), analyzer)
    if analyzer == NO_OP:
        return f"CASE WHEN ({text}) IS NOT NULL THEN [{text}] END"
    if analyzer == LOG:
        delimiters = cast("list[str]", options.get("delimiters", list(DELIMITERS)))
        # Of delimiters that begin alike the longer one counts.
        pattern = "|".join(re.escape(each) for each in sorted(delimiters, key=lambda each: (-len(each), each)))
        parts = f"regexp_split_to_array({text}, {text_sql(pattern)})"
        words = f"list_transform({parts}, lambda penstock_word: trim(penstock_word))"
    else:
        (pattern,) = cast("list[str]", options.get("patterns", [WORDS]))
        words = f"regexp_extract_all({text}, {text_sql(pattern)})"
    words = f"list_filter({words}, lambda penstock_word: penstock_word <> '')"
    for step in _filters(options.get("token_filters", [{"normalizer": {"mode": "LOWER"}}])):
        words = step(words)
    return words


def _analyzer_options(text: str, analyzer: str) -> Mapping[str, object]:
    """Return what analyzer_options says; raises InvalidOption for what the analyzer cannot do."""
    options = json.loads(text)
    for name, value in options.items():
        if name not in _READS:
            raise InvalidOption.of(f"analyzer_options has no {name!r}.", hint=near_or_all(name, list(_READS)))
        if analyzer not in _READS[name]:
            raise InvalidOption.of(f"{analyzer} takes no {name}.", hint=f"It is for {' and '.join(_READS[name])}.")
        texts = name == "token_filters" or all(isinstance(each, str) and each for each in value)
        if not isinstance(value, list) or not texts or (name == "patterns" and len(value) != 1):
            what = {"delimiters": "a list of texts", "patterns": "a list of one regular expression"}
            raise InvalidOption.of(f"{name} of analyzer_options is {what.get(name, 'a list of filters')}.")
        if name == "delimiters" and (not value or max(map(len, value)) > LONGEST_DELIMITER):
            raise InvalidOption.of(f"A delimiter has 1 to {LONGEST_DELIMITER} characters, and there is at least one.")
    found: Mapping[str, object] = options
    return found


def _filters(given: object) -> Iterator[Callable[[str], str]]:
    """Yield what each filter makes of the SQL of a list of words, in their order."""
    for each in cast("list[dict[str, object]]", given):
        match each:
            case {"stop_words": list(stopped)} if len(each) == 1:
                listed = ", ".join(text_sql(str(word)) for word in stopped)
                yield partial(_without, stopped=listed)
            case {"normalizer": dict(settings)} if len(each) == 1:
                changed = _normalized(settings)
                if changed is not None:
                    yield partial(_changed, to=changed)
            case _:
                message = f"A token filter is a normalizer or stop_words, not {json.dumps(each, ensure_ascii=False)}."
                raise InvalidOption.of(message, hint='For instance {"normalizer": {"mode": "LOWER"}}.')


def _without(words: str, stopped: str) -> str:
    return (
        f"list_filter({words}, lambda penstock_word: NOT list_contains(CAST([{stopped}] AS VARCHAR[]), penstock_word))"
    )


def _changed(words: str, to: str) -> str:
    return f"list_transform({words}, lambda penstock_word: {to})"


def _normalized(settings: Mapping[str, object]) -> str | None:
    mode = settings.get("mode", "LOWER")
    if mode not in MODES:
        raise InvalidOption.of(f"There is no mode {mode!r} of a normalizer.", hint=near_or_all(str(mode), MODES))
    if mode == "NONE":
        return None
    if mode == "LOWER":
        return f"translate(penstock_word, '{_UPPER}', '{_UPPER.lower()}')"
    if mode == "UNICODE_LOWER":
        return "lower(penstock_word)"
    form = settings.get("icu_normalize_mode", "NFKC")
    if form != "NFC":
        message = f"DuckDB normalizes texts to NFC only, not to {form}."
        raise InvalidOption.of(message, hint='Say "icu_normalize_mode": "NFC".')
    folds = settings.get("icu_case_folding", True)
    return "lower(nfc_normalize(penstock_word))" if folds else "nfc_normalize(penstock_word)"


def _bag_of_words(argument: Argument, _: Parameters) -> str:
    known = "map_entries(list_aggregate(penstock_words, 'histogram'))"
    pair = "lambda penstock_pair: {'term': penstock_pair.key, 'count': CAST(penstock_pair.value AS BIGINT)}"
    nulls = "CAST(len(list_filter(penstock_words, lambda penstock_word: penstock_word IS NULL)) AS BIGINT)"
    null = f"CASE WHEN {nulls} > 0 THEN [{{'term': CAST(NULL AS VARCHAR), 'count': {nulls}}}] ELSE [] END"
    counted = f"list_concat({null}, list_sort(list_transform({known}, {pair})))"
    counted = f"CASE WHEN penstock_words IS NOT NULL THEN {counted} END"
    return f"list_transform([CAST(({argument.sql}) AS VARCHAR[])], lambda penstock_words: {counted})[1]"


def _tf_idf(argument: Argument, parameters: Parameters) -> str:
    documents = cast("pa.Array", argument.values)
    vocabulary = document_words(documents, cast("int", parameters["max_distinct_tokens"]), parameters)
    pairs = counted_sql(argument, vocabulary, weight_sql(inverse_frequencies(documents, vocabulary)))
    terms = ", ".join(text_sql(word) for word in vocabulary)
    term = f"CAST([{terms}] AS VARCHAR[])[penstock_term.index]"
    return f"list_transform({pairs}, lambda penstock_term: {{'term': {term}, 'tf_idf': penstock_term.value}})"


def _json_problem(value: OptionValue) -> str | None:
    try:
        return None if isinstance(json.loads(str(value)), dict) else "a JSON object"
    except ValueError:
        return 'JSON such as \'{"delimiters": [" "]}\''


TEXT_FUNCTIONS: tuple[Preprocessing, ...] = (
    Preprocessing(
        "TEXT_ANALYZE",
        "Cuts a text into words: LOG_ANALYZER at signs and spaces, PATTERN_ANALYZER by a regular expression, "
        "NO_OP_ANALYZER not at all.",
        "text",
        False,
        (
            OptionSpec("analyzer", "string", LOG, "How the text is cut.", choices=(LOG, NO_OP, PATTERN)),
            OptionSpec(
                "analyzer_options",
                "string",
                "{}",
                "JSON of delimiters, patterns and token_filters (normalizer, stop_words). Without filters ASCII "
                "letters become small.",
                check=_json_problem,
            ),
        ),
        _text_analyze,
        ("text",),
    ),
    Preprocessing(
        "BAG_OF_WORDS",
        "Counts the words of a list, as ARRAY<STRUCT<term, count>>; NULL comes first.",
        "list of texts",
        False,
        (),
        _bag_of_words,
        ("tokens",),
    ),
    Preprocessing(
        "TF_IDF",
        "Weighs the words of a list as ML.TF_IDF does, as ARRAY<STRUCT<term, tf_idf>>; unknown words are NULL.",
        "list of texts",
        True,
        (
            OptionSpec(
                "max_distinct_tokens", "integer", 32_000, "How many words to keep.", minimum=0, maximum=1_048_576
            ),
            OptionSpec(
                "frequency_threshold", "integer", 5, "In how many of the rows learnt from a word must stand.", minimum=0
            ),
        ),
        _tf_idf,
        ("tokens",),
    ),
)
