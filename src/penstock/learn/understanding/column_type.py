"""What a column is beyond its SQL type: an identifier, a place, a date or an amount in a text, sentences, a scale."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from penstock.learn.feature_warning import numbers_the_rows
from penstock.learn.identifier import is_called_identifier
from penstock.learn.schema import Feature, FeatureType
from penstock.learn.understanding.finding import TableFinding, Weight
from penstock.learn.understanding.moment_number import moment_number_finding
from penstock.learn.understanding.sample import LEAST_ROWS, Sample, counted, quoted_name
from penstock.learn.understanding.text_meaning import TextKind, TextMeaning, meaning_of

# A text of which so many are different names its rows; one that says what it is by its name, with fewer.
_TELLS_ROWS_APART, _OF_THAT_NAME = 0.98, 0.9
_SEVERAL_WORDS = 0.5
# A value that stands for several rows: a customer with several orders.
_ROWS_OF_ONE, _FEWEST_GROUPS = 2.0, 10
_LATITUDE = re.compile(r"(^|[_\s-])(lat|latitude)($|[_\s-])|위도", re.IGNORECASE)
_LONGITUDE = re.compile(r"(^|[_\s-])(lon|lng|long|longitude)($|[_\s-])|경도", re.IGNORECASE)
_READ_AS: Mapping[TextKind, str] = {
    TextKind.NUMBER: "numbers",
    TextKind.MONEY: "amounts of money",
    TextKind.PERCENT: "percentages",
    TextKind.DATE: "dates",
}
# An example is cut after so many letters; of a longer scale only the ends are shown.
_MOST_LETTERS, _MOST_STEPS = 40, 8


def meanings(sample: Sample) -> dict[str, TextMeaning]:
    """Return by name what the columns of texts mean, where that is more than the names of categories."""
    found = ((name, column_meaning(name, texts)) for name, texts in sample.texts.items())
    return {name: meaning for name, meaning in found if meaning is not None}


def column_meaning(name: str, texts: pa.Array) -> TextMeaning | None:
    """Return what the texts (n,) of a column mean; None for names of categories or rows.

    The digits of what is called a number, such as an invoice's, are a name.
    """
    meaning = meaning_of(texts)
    return None if meaning and meaning.kind is TextKind.NUMBER and is_called_identifier(name) else meaning


def type_findings(sample: Sample, read_as: Mapping[str, TextMeaning]) -> Iterator[TableFinding]:
    """Yield what columns are beyond their types, feature by feature."""
    for feature in sample.data.features:
        if feature.name in read_as:
            yield _of_text(sample, feature, read_as[feature.name])
        elif (moment := moment_number_finding(sample, feature)) is not None:
            yield moment
        elif feature.type in (FeatureType.STRING, FeatureType.NUMBER):
            yield from _identifier(sample, feature)
        elif feature.type in (FeatureType.STRING_LIST, FeatureType.NUMBER_LIST, FeatureType.SPARSE_VECTOR):
            yield _of_list(feature)
    yield from _coordinates(sample)


def _of_text(sample: Sample, feature: Feature, meaning: TextMeaning) -> TableFinding:
    name, kind, quoted = feature.name, str(meaning.kind), quoted_name(feature.name)
    example = repr(meaning.example if len(meaning.example) <= _MOST_LETTERS else f"{meaning.example[:39]}…")
    match meaning.kind:
        case TextKind.FREE_TEXT:
            message = f"{name!r} holds free text, such as {example}."
            done = "Read where that helps. What its words and letters say is tried as columns."
        case TextKind.ORDINAL:
            message = f"The texts of {name!r} have an order: {_in_order(meaning.parts)}."
            done = "Kept as categories. Trees part them as they like."
        case TextKind.LIST:
            (separator,) = meaning.parts
            message = f"{name!r} holds several things in one text, such as {example}."
            done = f"Kept as categories. As a list, each thing is a column: {_split(quoted, separator)} AS {quoted}."
        case TextKind.JSON:
            message = f"{name!r} holds JSON, such as {example}."
            done = f"Kept as categories. {_unfolded(feature.name, meaning.parts)}"
        case TextKind.COORDINATES:
            message = f"{name!r} holds coordinates as texts, such as {example}."
            done = f"Kept as categories. The query makes two numbers of it: {_pair(feature.name)}."
        case _:
            return _quantity(sample, feature, meaning, example)
    weight = Weight.INFO if meaning.kind in (TextKind.FREE_TEXT, TextKind.ORDINAL) else Weight.WARNING
    return TableFinding(kind, (name,), weight, message, done)


def _quantity(sample: Sample, feature: Feature, meaning: TextMeaning, example: str) -> TableFinding:
    assert meaning.reading is not None
    name, quoted, texts = feature.name, quoted_name(feature.name), sample.texts[feature.name]
    raw = sample.columns.column(name)
    blank = raw.length() - raw.null_count - len(texts.drop_null())
    besides = f"; {counted(blank)} hold{'s' if blank == 1 else ''} blanks only" if blank else ""
    other = texts.filter(pc.invert(pc.match_substring_regex(texts, f"^(?:{meaning.reading.shape})$")))
    if len(other):
        found = pc.value_counts(other)
        most = found.field("values")[int(np.argmax(found.field("counts").to_numpy()))].as_py()
        besides += f"; {counted(len(other))} hold{'s' if len(other) == 1 else ''} something else, such as {most[:40]!r}"
    message = f"{name!r} holds {_READ_AS[meaning.kind]} as texts, such as {example}{besides}."
    done = f"Read where that helps. The query makes it what it is: {meaning.reading.short.format(quoted)} AS {quoted}."
    if meaning.otherwise is not None:
        done += f" Day and month could be the other way round: {meaning.otherwise.short.format(quoted)} AS {quoted}."
    return TableFinding(str(meaning.kind), (name,), Weight.WARNING, message, done)


def _in_order(steps: Sequence[str]) -> str:
    shown = steps if len(steps) <= _MOST_STEPS else (*steps[: _MOST_STEPS - 2], "…", steps[-1])
    return " < ".join(repr(step) if step != "…" else step for step in shown)


def _split(quoted: str, separator: str) -> str:
    return f"regexp_split_to_array({quoted}, '\\s*[{separator}]\\s*')"


def _unfolded(name: str, keys: Sequence[str]) -> str:
    quoted = quoted_name(name)
    if not keys:
        return f"The query makes it a list: CAST({quoted} AS VARCHAR[]) AS {quoted}."
    path = keys[0].replace("'", "''")
    more = ", …" if len(keys) > 1 else ""
    return f"The query makes columns of it: {quoted} ->> '{path}' AS {quoted_name(f'{name}_{keys[0]}')}{more}."


def _pair(name: str) -> str:
    of = f"TRY_CAST(regexp_extract_all({quoted_name(name)}, '-?[0-9.]+')"
    return f"{of}[1] AS DOUBLE) AS {quoted_name(f'{name}_1')}, {of}[2] AS DOUBLE) AS {quoted_name(f'{name}_2')}"


def _of_list(feature: Feature) -> TableFinding:
    if feature.type is FeatureType.STRING_LIST:
        message, done = f"{feature.name!r} holds lists of texts.", "Kept. A column says for each text whether it is in."
    else:
        message = f"{feature.name!r} holds lists of {feature.dimension} numbers."
        done = "Kept. Each place of the list is a column."
    return TableFinding("nested", (feature.name,), Weight.INFO, message, done)


def _identifier(sample: Sample, feature: Feature) -> Iterator[TableFinding]:
    column = sample.data.columns.column(feature.name)
    rows = len(column) - column.null_count
    if rows < LEAST_ROWS:
        return
    named = is_called_identifier(feature.name)
    if feature.type is FeatureType.NUMBER:
        if not pa.types.is_integer(column.type):
            # Numbers of which some are missing often come as floats.
            known = sample.numbers[feature.name]
            known = known[np.isfinite(known)]
            if named and bool((known == np.round(known)).all()):
                yield from _group(sample, feature)
            return
        if not numbers_the_rows(column) and not (named and _distinct_share(sample, feature) == 1.0):
            yield from _group(sample, feature) if named else ()
            return
    else:
        least = _OF_THAT_NAME if named else _TELLS_ROWS_APART
        if _distinct_share(sample, feature) < least or (rows > len(sample.places) and _distinct(column) < least * rows):
            yield from _group(sample, feature) if named else ()
            return
    distinct = _distinct(column)
    if feature.type is FeatureType.STRING and not named and _are_of_words(sample.texts[feature.name]):
        example = sample.texts[feature.name].drop_null()[0].as_py()[:_MOST_LETTERS]
        message = f"{feature.name!r} holds short texts that differ from row to row, such as {example!r}."
        done = "Read where that helps. What its words and letters say is tried as columns."
        yield TableFinding(str(TextKind.FREE_TEXT), (feature.name,), Weight.INFO, message, done)
        return
    message = f"{feature.name!r} has {counted(distinct, 'different value')} in {counted(rows)}: it names the rows."
    done = "Left out. What is learned of a name says nothing of the next one."
    yield TableFinding("identifier", (feature.name,), Weight.WARNING, message, done, drops=True)


def _are_of_words(texts: pa.Array) -> bool:
    """Say whether most texts are several words, as titles, names and questions are: codes are one."""
    several = pc.match_substring_regex(texts.drop_null(), r"\p{L}\S*\s+\S*\p{L}")
    return bool(pc.mean(several).as_py() > _SEVERAL_WORDS)


def _group(sample: Sample, feature: Feature) -> Iterator[TableFinding]:
    """A name of something that has several rows each."""
    column = sample.data.columns.column(feature.name)
    distinct, rows = _distinct(column), len(column) - column.null_count
    if distinct < _FEWEST_GROUPS or rows < _ROWS_OF_ONE * distinct:
        return
    message = (
        f"{feature.name!r} looks like the name of something that has {rows / distinct:.1f} rows on average "
        f"({counted(distinct, 'value')})."
    )
    done = (
        "Kept. Where predictions are about new ones, OPTIONS (validation = 'GROUPED', "
        f"validation_col = '{feature.name}') judges by these."
    )
    yield TableFinding("group", (feature.name,), Weight.INFO, message, done)


def _distinct_share(sample: Sample, feature: Feature) -> float:
    column = sample.columns.column(feature.name)
    return float(_distinct(column) / max(len(column) - column.null_count, 1))


def _distinct(column: pa.ChunkedArray) -> int:
    if pa.types.is_dictionary(column.type):
        column = pc.unique(column.unify_dictionaries()).cast(column.type.value_type)
    count: int = pc.count_distinct(column, mode="only_valid").as_py()
    return count


def _coordinates(sample: Sample) -> Iterator[TableFinding]:
    def named(pattern: re.Pattern[str], most: float) -> list[str]:
        numbers = sample.numbers
        return [
            name
            for name, values in numbers.items()
            if pattern.search(name) and np.isfinite(values).any() and np.nanmax(np.abs(values)) <= most
        ]

    # Of several pairs, such as where a ride began and ended, those belong together whose names are otherwise the same.
    others = {_LONGITUDE.sub(" ", name): name for name in named(_LONGITUDE, 180.0)}
    for latitude in named(_LATITUDE, 90.0):
        longitude = others.get(_LATITUDE.sub(" ", latitude))
        if longitude is None:
            continue
        message = f"{latitude!r} and {longitude!r} are places on the earth."
        done = "Kept as two numbers."
        yield TableFinding("coordinates", (latitude, longitude), Weight.INFO, message, done)
