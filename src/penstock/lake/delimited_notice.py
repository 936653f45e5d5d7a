"""What a person should know of how delimited files were read: missing values, odd ones, doubled names."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from penstock.lake.quoting import quote_text
from penstock.lake.relation import FileNotice
from penstock.lake.survey import Oddity, Survey

COLUMNS_SHOWN = 8
# So many values that do not fit are slips of the pen.
SLIPS = 3
WORDS = {"DOUBLE": "numbers", "BIGINT": "numbers", "DATE": "dates", "TIMESTAMP": "times"}


@dataclass(frozen=True)
class Look:
    """What was seen of a file: the rows of each mark that is read as NULL by column, its survey, the word that shows
    its first line to be a row, each name of several columns with the names that tell them apart, the columns of other
    files that it lacks, and those that the files before it lacked.
    """

    path: str
    marks: Mapping[str, Mapping[str, int]]
    survey: Survey
    row_word: str | None
    doubled: Sequence[tuple[str, list[str]]]
    lacking: Sequence[str] = ()
    new: Sequence[str] = ()


def notices_on(looks: Sequence[Look]) -> tuple[FileNotice, ...]:
    """Return the sentences to be told, the same of many files in one."""
    return (*_row_words(looks), *_doubled(looks), *_other_columns(looks), *_missing(looks), *_odd(looks))


def _row_words(looks: Sequence[Look]) -> list[FileNotice]:
    found = [(look.path, look.row_word) for look in looks if look.row_word is not None]
    if not found:
        return []
    why = f"since {found[0][1]!r} in it is a value of its column. If it is a header, say read_csv('…', header = true)."
    return [FileNotice(_files([path for path, _ in found]), f"The first line is read as a row, {why}")]


def _doubled(looks: Sequence[Look]) -> list[FileNotice]:
    told: dict[str, list[str]] = {}
    for look in looks:
        for name, names in look.doubled:
            read_as = f"{', '.join(names[:-1])} and {names[-1]}"
            told.setdefault(f"{len(names)} columns are called {name!r}; they are read as {read_as}.", []).append(
                look.path
            )
    return [FileNotice(_files(paths), sentence) for sentence, paths in told.items()]


def _other_columns(looks: Sequence[Look]) -> list[FileNotice]:
    told: dict[str, list[str]] = {}
    for look in looks:
        sentences = []
        if look.lacking:
            sentences.append(f"There is no column {_listed(look.lacking)}: NULL in these rows.")
        if look.new:
            sentences.append(f"Column {_listed(look.new)} is new: NULL in the rows before.")
        if sentences:
            told.setdefault(" ".join(sentences), []).append(look.path)
    return [FileNotice(_files(paths), sentence) for sentence, paths in told.items()]


def _missing(looks: Sequence[Look]) -> list[FileNotice]:
    counts: dict[str, dict[str, int]] = {}
    for look in looks:
        for column, marks in look.marks.items():
            for mark, rows in marks.items():
                by_column = counts.setdefault(mark, {})
                by_column[column] = by_column.get(column, 0) + rows
    paths = [look.path for look in looks if look.marks]
    sentences = []
    for mark, by_column in sorted(counts.items()):
        shown = [f"{column} ({_rows(rows)})" for column, rows in by_column.items()]
        sentences.append(f"{mark!r} is read as NULL in {_listed(shown)}.")
        kept = _kept(looks, mark, by_column) if mark.strip() else []
        if kept:
            option = f"OPTIONS (null_markers = ['', {quote_text(mark)}])"
            sentences.append(f"In {_listed(kept)} it stays text; {option} makes it NULL there too.")
    if not sentences:
        return []
    sentences.append("To keep it as text, say OPTIONS (null_markers = ['']), or nullstr = [''] in read_csv.")
    return [FileNotice(_files(paths), " ".join(sentences))]


def _kept(looks: Sequence[Look], mark: str, read_as_null: Collection[str]) -> list[str]:
    """Return the columns of texts in which the mark stays as it is, with its rows where all were seen."""
    rows: dict[str, list[int]] = {}
    for look in looks:
        for column, marks in look.survey.kept.items():
            if mark in marks and column not in read_as_null:
                rows.setdefault(column, []).append(marks[mark])
    return [f"{column} ({_rows(sum(counts))})" if all(counts) else column for column, counts in rows.items()]


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - COLUMNS_SHOWN} columns more" if len(names) > COLUMNS_SHOWN else ""
    return ", ".join(names[:COLUMNS_SHOWN]) + more


def _odd(looks: Sequence[Look]) -> list[FileNotice]:
    """Tell of columns that are text because of a single word, or of a few slips; codes are text by right."""
    found: dict[str, list[tuple[str, Oddity]]] = {}
    for look in looks:
        for column, odd in look.survey.oddities.items():
            found.setdefault(column, []).append((look.path, odd))
    sentences = []
    for column, odds in found.items():
        count = sum(odd.count for _, odd in odds)
        first, last = min(odd.first for _, odd in odds), max(odd.last for _, odd in odds)
        if first != last and count > SLIPS:
            continue
        total = sum(odd.total for _, odd in odds)
        what = repr(first) if first == last else f"{first!r} and {last!r}"
        message = (
            f"Column {column} is text because of {what}: {count:,} of {total:,} values are no "
            f"{WORDS[odds[0][1].type]}. If it stands for a missing value, say OPTIONS (null_markers = ['', {first!r}])."
        )
        sentences.append(FileNotice(_files([path for path, _ in odds]), message))
    return sentences


def _rows(number: int) -> str:
    return f"{number:,} row{'' if number == 1 else 's'}"


def _files(paths: Sequence[str]) -> str:
    return paths[0] if len(paths) == 1 else f"{len(paths):,} files, {paths[0]} the first"
