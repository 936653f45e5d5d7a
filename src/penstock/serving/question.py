"""Requests whose rows fit, and what the versions that they are for make of them, many at once."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from penstock.core.errors import UserError
from penstock.serving.columnar import read_rows
from penstock.serving.routing import Route
from penstock.serving.row import CheckedRows, InvalidRows
from penstock.serving.scoring import ServedModel

Json = Any


@dataclass(frozen=True)
class Question:
    """A request as the version reads it that is to answer: its rows fit. The route is one state of the endpoint.

    `key` and `forced` are those of its `Assignment`.
    """

    route: Route
    request_id: str
    variant: str
    model: ServedModel
    rows: CheckedRows
    key: str | None = None
    forced: bool = False


@dataclass(frozen=True)
class Scored:
    """A prediction for each row of a question; `rows` have what related tables told beside what was asked."""

    predictions: list[dict[str, Json]]
    rows: CheckedRows


def rows_read(route: Route, model: ServedModel, rows: object, *, parsed_json: bool) -> CheckedRows:
    """Return a request's rows as the version reads them that is to answer; raises InvalidRows, which a release counts
    as a failure: another version may take other columns.
    """
    try:
        return read_rows(model.reader, rows, parsed_json=parsed_json)
    except InvalidRows:
        if route.health is not None:
            route.health.failed(model.version)
        raise


def scored_together(questions: Sequence[Question]) -> list[Scored | UserError]:
    """Return the predictions of questions to one version, which scores all rows at once, or why there are none.

    What cannot be scored among others is scored by itself, so that each question answers for its own rows only. During
    a release it is counted how each was answered, and how long all together took.
    """
    if all(question.route.health is None for question in questions):
        return _scored_together(questions)
    begun = time.perf_counter()
    found: list[Scored | UserError] = []
    try:
        found = _scored_together(questions)
        return found
    finally:
        # A fault of ours, a graph that cannot run say, counts as well.
        seconds = time.perf_counter() - begun
        for question, scored in zip_longest(questions, found):
            health = question.route.health
            if health is not None and isinstance(scored, Scored):
                health.answered(question.model.version, seconds)
            elif health is not None:
                health.failed(question.model.version)


def _scored_together(questions: Sequence[Question]) -> list[Scored | UserError]:
    if len(questions) == 1:
        return [_scored(questions[0])]
    model = questions[0].model
    values = [row for question in questions for row in question.rows.values]
    logged = [row for question in questions for row in question.rows.logged]
    try:
        rows = model.completed(CheckedRows(values, logged))
        predictions = model.predict(rows)
    except UserError:
        return [_scored(question) for question in questions]
    found: list[Scored | UserError] = []
    begin = 0
    for question in questions:
        end = begin + len(question.rows)
        # Related tables may have told more of the rows than was asked.
        own = question.rows if rows.values is values else CheckedRows(rows.values[begin:end], rows.logged[begin:end])
        found.append(Scored(predictions[begin:end], own))
        begin = end
    return found


def _scored(question: Question) -> Scored | UserError:
    try:
        rows = question.model.completed(question.rows)
        return Scored(question.model.predict(rows), rows)
    except UserError as problem:
        return problem
