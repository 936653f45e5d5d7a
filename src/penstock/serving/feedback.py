"""What really happened, told after the prediction: checked, and matched with what was answered."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from penstock.core.errors import UserError
from penstock.core.names import did_you_mean, with_article
from penstock.lake.database import Connection, Lake
from penstock.learn.manifest import Manifest
from penstock.learn.schema import Task
from penstock.serving.prediction_log import MAX_LINE_BYTES, PREDICTIONS, label_line
from penstock.serving.row import MAX_FINDINGS, InvalidRows, RowFinding
from penstock.serving.segment import SUFFIX
from penstock.serving.value import number

Json = Any
COLUMNS = ("prediction_id", "actual")
# The newest predictions, known without asking the lake: about 10 MB.
REMEMBERED = 100_000
# So many labels are named in a warning.
MOST_LISTED = 5


@dataclass(frozen=True)
class FeedbackAnswer:
    """How many rows were taken, and what of them deserves a look: `warnings` says it in sentences.

    `unknown` of them are for predictions that nobody here knows of; `unknown_labels` name a class that the model that
    serves does not know.
    """

    accepted: int
    unknown: int = 0
    unknown_labels: int = 0
    warnings: tuple[str, ...] = ()


def label_lines(rows: object, endpoint: str, manifest: Manifest | None, at: datetime) -> list[dict[str, Json]]:
    """Return the log's lines for rows of `prediction_id` and `actual`, one a prediction: the last row counts.

    Raises InvalidRows for a row that lacks one of them, has anything else, or whose actual value is not of the
    label's type (not checked without a manifest), and for a model that learns from no label.
    """
    if manifest is not None and not manifest.task.learns_from_label:
        raise InvalidRows(RowFinding(InvalidRows.code, *_why_not(endpoint, manifest)))
    if not isinstance(rows, list | tuple) or not rows:
        raise InvalidRows(RowFinding(InvalidRows.code, "There must be a list of at least one row."))
    lines: dict[str, dict[str, Json]] = {}
    findings: list[RowFinding] = []
    for index, row in enumerate(rows, 1):
        problem = _problem(row, index)
        if problem is not None:
            findings.append(problem)
            continue
        actual = _actual(row["actual"], manifest)
        if actual is None:
            findings.append(_wrong_actual(row["actual"], manifest, index))
            continue
        prediction_id = row["prediction_id"]
        lines[prediction_id] = label_line(at=at, endpoint=endpoint, prediction_id=prediction_id, actual=actual)
    if findings:
        raise InvalidRows(*findings[:MAX_FINDINGS])
    return list(lines.values())


def _why_not(endpoint: str, manifest: Manifest) -> tuple[str, None, str | None]:
    """Return message, place and hint for a model whose answers no outcome can be compared with."""
    serves = f"Endpoint {endpoint} serves {with_article(manifest.model_type)} model"
    if manifest.task is not Task.IMPORTED:
        return f"{serves}, which predicts nothing that comes true.", None, None
    message = f"{serves} whose answer is neither one number nor a class with its probabilities."
    return message, None, "Compare its answers with the outcomes in SQL: they are in penstock.predictions."


def unknown_labels(lines: Iterable[Mapping[str, Json]], manifest: Manifest | None) -> Counter[Json]:
    """Return the labels that are of no class of the model, with how often each comes.

    They are kept: the world may have a class that it did not have when the model was trained.
    """
    if manifest is None or manifest.task.predicts_number:
        return Counter()
    known = set(manifest.classes)
    return Counter(line["actual"] for line in lines if line["actual"] not in known)


def feedback_answer(
    accepted: int, unknown: int, labels: Counter[Json], served: str, classes: Iterable[Json]
) -> FeedbackAnswer:
    """Return the answer to `accepted` rows; `served` says which version has these classes."""
    warnings = []
    if unknown:
        what = "1 row is for a prediction" if unknown == 1 else f"{unknown:,} rows are for predictions"
        warnings.append(f"{what} that this endpoint has not given.")
    if labels:
        warnings.append(
            f"{_listed(labels)}: no class that {served} knows; it knows {_listed(classes)}. "
            "Such labels are kept, but no metric counts them until a version is trained with them."
        )
    return FeedbackAnswer(accepted, unknown, labels.total(), tuple(warnings))


def _listed(labels: Iterable[Json]) -> str:
    texts = [repr(label) for label in labels]
    return ", ".join(texts[:MOST_LISTED]) + (", …" if len(texts) > MOST_LISTED else "")


class KnownPredictions:
    """Which prediction ids were given out. Safe to use from many threads."""

    def __init__(self, lake: Lake, folder: Path) -> None:
        """`folder` has the segments of the log that wait for the lake, those of other processes too."""
        self._lake = lake
        self._folder = folder
        self._lock = threading.Lock()
        # Forgotten by halves, which takes no time; an id at a time would.
        self._newest: set[str] = set()
        self._older: set[str] = set()

    def add(self, ids: Iterable[str]) -> None:
        """Remember ids that are answered now."""
        with self._lock:
            self._newest.update(ids)
            if len(self._newest) > REMEMBERED // 2:
                self._older, self._newest = self._newest, set()

    def count_unknown(self, endpoint: str, ids: Collection[str]) -> int:
        """Return how many of the ids neither this process, nor the lake's log, nor what waits for the lake knows."""
        with self._lock:
            rest = {each for each in ids if each not in self._newest and each not in self._older}
        # In this order: what comes into the lake between the two looks is found at the second.
        for look in (self._waiting, self._in_lake):
            if not rest:
                return 0
            connection = self._lake.connection()
            try:
                rest -= look(connection, endpoint, rest)
            finally:
                connection.close()
        return len(rest)

    def _in_lake(self, connection: Connection, endpoint: str, ids: set[str]) -> set[str]:
        if not connection.rows(_LOG_TABLE):
            return set()
        return _found(connection, "penstock.predictions", [endpoint, list(ids)])

    def _waiting(self, connection: Connection, endpoint: str, ids: set[str]) -> set[str]:
        """Return which of the ids are in segments, those that other processes write to now among them."""
        for _ in range(_ATTEMPTS):
            paths = [str(path) for path in self._folder.glob(f"{PREDICTIONS}-*{SUFFIX}")]
            if not paths:
                break
            try:
                return _found(connection, _WAITING, [paths, endpoint, list(ids)])
            except UserError:
                # One of them has come into the lake meanwhile.
                continue
        return set()


_ATTEMPTS = 5
_LOG_TABLE = """
SELECT 1 FROM information_schema.tables
WHERE table_catalog = current_database() AND table_schema = 'penstock' AND table_name = 'predictions'
"""
# A line that is being written is none yet.
_WAITING = f"""read_json(?, format = 'newline_delimited', ignore_errors = true, maximum_object_size = {MAX_LINE_BYTES},
    columns = {{endpoint: 'VARCHAR', prediction_id: 'VARCHAR'}})"""


def _found(connection: Connection, relation: str, values: list[object]) -> set[str]:
    sql = f"SELECT DISTINCT prediction_id FROM {relation} WHERE endpoint = ? AND list_contains(?, prediction_id)"
    return {prediction_id for (prediction_id,) in connection.rows(sql, values)}


def _problem(row: object, index: int) -> RowFinding | None:
    if not isinstance(row, Mapping):
        message = f"Row {index} must be an object with prediction_id and actual."
        return RowFinding(InvalidRows.code, message, row=index)
    for name in row:
        if name not in COLUMNS:
            message = f"Row {index} has {name!r}, which feedback does not take."
            hint = did_you_mean(str(name), COLUMNS)
            return RowFinding(InvalidRows.code, message, hint=hint, row=index, column=str(name))
    for name in COLUMNS:
        if name not in row:
            return RowFinding(InvalidRows.code, f"Row {index} has no {name}.", row=index, column=name)
    if not isinstance(row["prediction_id"], str):
        message = f"Row {index}: prediction_id must be the text that the prediction came with."
        return RowFinding(InvalidRows.code, message, row=index, column="prediction_id")
    return None


def _actual(value: Json, manifest: Manifest | None) -> Json:
    """Return the value for the log, or None when it is not of the label's type."""
    kinds = _label_kinds(manifest)
    try:
        logged = number(value)[1]
    except ValueError:
        return value if isinstance(value, bool | str) and type(value) in kinds else None
    return logged if float in kinds else None


def _label_kinds(manifest: Manifest | None) -> set[type]:
    """Return the types that a label may have: bool, str, or float for any number."""
    if manifest is None:
        return {bool, str, float}
    if manifest.task.predicts_number:
        return {float}
    kinds = {type(label) for label in manifest.classes}
    return {float if kind is int else kind for kind in kinds}


def _wrong_actual(value: Json, manifest: Manifest | None, index: int) -> RowFinding:
    kinds = _label_kinds(manifest)
    words = {bool: "true or false", str: "a text", float: "a number"}
    expected = " or ".join(text for kind, text in words.items() if kind in kinds)
    message = f"Row {index}: actual must be {expected}, not {value!r}."
    return RowFinding(InvalidRows.code, message, row=index, column="actual")
