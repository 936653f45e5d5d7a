"""The log as experiments read it: the answers of each version, taken together by unit, as moments and counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

import numpy as np

from penstock.core.errors import InvalidOption
from penstock.engine.experiment_course import Course
from penstock.engine.experiment_measure import Term, inputs_asked, value_of
from penstock.engine.experiment_table import JoinedTable
from penstock.engine.monitor_log import LABELS, PREDICTIONS, outcome_type
from penstock.engine.session import Session
from penstock.experiment.moments import Moments
from penstock.lake.database import Connection
from penstock.lake.own_table import make_own_table
from penstock.learn.manifest import Manifest
from penstock.project.experiment import ExperimentSpec, Measure
from penstock.sql.predicate import predicate_to_duckdb

# Workers hear of new traffic a moment after it was set: what comes in between is no sign of units that were lost.
SETTLING = timedelta(seconds=5)
# Of a segment's values, those with the most units.
MOST_SEGMENTS = 20
# A table of keys and totals without a row.
_NOTHING = 'SELECT CAST(NULL AS VARCHAR) AS "key", CAST(NULL AS DOUBLE) AS total WHERE false'
_ANSWERS = f"""
periods AS (
    SELECT unnest(CAST($starts AS TIMESTAMPTZ[])) AS "start", unnest(CAST($places AS INTEGER[])) AS period
),
answers AS (
    SELECT p.prediction_id, p."at", p.version, CAST(p.outputs AS JSON) AS outputs, {{inputs}} AS inputs,
        coalesce(p."key", p.request_id) AS assigned, periods.period, periods."start"
    FROM {PREDICTIONS} AS p ASOF JOIN periods ON p."at" >= periods."start"
    WHERE lower(p.endpoint) = lower($endpoint) AND lower(p.model) = lower($model)
        AND p."at" >= $since AND p."at" <= $until AND p.variant <> 'shadow' AND NOT coalesce(p.forced, false)
        AND list_contains(CAST($versions AS INTEGER[]), p.version)
)
"""
_SEEN = """
WITH {answers}, arrivals AS (
    SELECT arg_min(version, "at") AS version, arg_min(period, "at") AS period, arg_min("at" - "start", "at") AS age
    FROM answers GROUP BY assigned
)
SELECT period, version, count(*), count(*) FILTER (WHERE age >= $settling)
FROM arrivals GROUP BY period, version ORDER BY period, version
"""
_MOMENTS = f"""
WITH {{answers}},
labels AS (
    SELECT prediction_id, arg_max(json_extract_string(actual, '$'), "at") AS actual
    FROM {LABELS} WHERE lower(endpoint) = lower($endpoint) AND "at" <= $until
        AND prediction_id IN (SELECT prediction_id FROM answers)
    GROUP BY prediction_id
),
outcomes AS ({{outcomes}}),
covariates AS ({{covariates}}),
joined AS (
    SELECT answers.*, TRY_CAST(json_extract_string(answers.outputs, '$.prediction') AS {{kind}}) AS prediction,
        TRY_CAST(labels.actual AS {{kind}}) AS actual, coalesce({{unit}}, answers.assigned) AS unit,
        {{segment}} AS segment, outcomes.total AS outcome, covariates.total AS known
    FROM answers LEFT JOIN labels ON labels.prediction_id = answers.prediction_id
        LEFT JOIN outcomes ON outcomes."key" = {{outcome_key}}
        LEFT JOIN covariates ON covariates."key" = {{covariate_key}}
),
measured AS (
    SELECT version, unit, period, "at", segment, CAST({{value}} AS DOUBLE) AS value, {{covariate}} AS covariate
    FROM joined
),
units AS (
    SELECT version, unit, segment, arg_min(period, "at") AS period, {{total}} AS total, {{counted}} AS counted,
        avg(covariate) AS covariate, bool_and(value IN (0, 1)) AS ones, count(*) AS answered
    FROM measured WHERE value IS NOT NULL AND isfinite(value)
    GROUP BY version, unit, segment
),
centred AS (
    SELECT * REPLACE (coalesce(covariate, avg(covariate) OVER (), 0.0) AS covariate)
    FROM units WHERE list_contains(CAST($compared AS INTEGER[]), period)
)
SELECT segment, version, period, count(*) AS units, CAST(sum(answered) AS BIGINT) AS answered,
    bool_and(ones AND counted = 1) AS binary,
    avg(total) AS m0, avg(counted) AS m1, avg(covariate) AS m2,
    var_pop(total) AS c00, covar_pop(total, counted) AS c01, covar_pop(total, covariate) AS c02,
    var_pop(counted) AS c11, covar_pop(counted, covariate) AS c12, var_pop(covariate) AS c22
FROM centred GROUP BY segment, version, period
ORDER BY segment, version, period
"""


@dataclass(frozen=True)
class Sample:
    """What was measured of each version: moments by period, of shape (periods,), and how many predictions.

    `binary` says that every unit has one value, 0 or 1.
    """

    moments: Mapping[int, Moments]
    rows: Mapping[int, int]
    binary: bool

    @property
    def units(self) -> float:
        return sum(float(each.units.sum()) for each in self.moments.values())


@dataclass(frozen=True)
class Seen:
    """Units that came to a version first, and in this period; `settled` of them not just after its beginning."""

    period: int
    version: int
    units: int
    settled: int


class ExperimentLog:
    """The answers to one endpoint that an experiment compares. Made by `experiment_log`."""

    def __init__(
        self,
        connection: Connection,
        spec: ExperimentSpec,
        course: Course,
        manifests: Sequence[Manifest],
        outcomes: JoinedTable | None,
        covariates: JoinedTable | None,
    ) -> None:
        self._connection = connection
        self._spec, self._course, self._manifest = spec, course, manifests[0]
        self._inputs = inputs_asked(spec, list(manifests))
        self._outcomes, self._covariates = outcomes, covariates

    def seen(self) -> list[Seen]:
        """Return how many units each version got, as the traffic splits them, in each period."""
        values = {**self._answers.values, "settling": SETTLING}
        return [Seen(*row) for row in self._connection.rows(_SEEN.format(answers=self._answers.sql), values)]

    def sample(self, measure: Measure) -> Sample:
        """Return what was measured of every version, over all units."""
        return self._samples(measure, None).get(None) or self._sample([])

    def segments(self, measure: Measure, column: str) -> dict[str | None, Sample]:
        """Return what was measured by the values of an input, those with the most units first."""
        found = self._samples(measure, column)
        return dict(sorted(found.items(), key=lambda item: -item[1].units)[:MOST_SEGMENTS])

    def check(self, omitted: Sequence[str]) -> None:
        """Raise UserError where a metric, a guardrail or a segment cannot be measured; reads no rows.

        `omitted` are the columns that the endpoint keeps out of its log.
        """
        missing = {name.casefold() for name in omitted} & {name.casefold() for name in self._inputs.types}
        if missing:
            raise InvalidOption.of(f"The endpoint keeps {', '.join(sorted(missing))} out of its log (log_omit).")
        for measure in (self._spec.metric, *self._spec.guardrails):
            self._connection.columns(*self._moments(measure, None))

    def _samples(self, measure: Measure, segment: str | None) -> dict[str | None, Sample]:
        # A row for each segment, version and period: few, whatever the number of answers.
        found = self._connection.table(*self._moments(measure, segment)).to_pylist()
        names = dict.fromkeys(row["segment"] for row in found)
        return {name: self._sample([row for row in found if row["segment"] == name]) for name in names}

    def _sample(self, found: Sequence[Mapping[str, Any]]) -> Sample:
        """Return the moments that stand in the rows of a result, zero units where there is no row."""
        count = len(self._course.periods)
        versions = [variant.version for variant in self._course.variants]
        moments = {
            version: Moments(np.zeros(count), np.zeros((count, 3)), np.zeros((count, 3, 3))) for version in versions
        }
        rows = dict.fromkeys(versions, 0)
        for row in found:
            of_version, period = moments[row["version"]], row["period"]
            of_version.units[period] = row["units"]
            of_version.mean[period] = [row[f"m{place}"] for place in range(3)]
            of_version.covariance[period] = [
                [row[f"c{min(one, other)}{max(one, other)}"] for other in range(3)] for one in range(3)
            ]
            rows[row["version"]] += row["answered"]
        return Sample(moments, rows, bool(found) and all(row["binary"] for row in found))

    @cached_property
    def _answers(self) -> Term:
        """The answers of the versions, each with its period, as common table expressions."""
        course = self._course
        values: dict[str, object] = {
            "starts": [period.start for period in course.periods],
            "places": list(range(len(course.periods))),
            "endpoint": course.endpoint,
            "model": course.model,
            "since": course.since,
            "until": course.until,
            "versions": [variant.version for variant in course.variants],
        }
        if not self._inputs.types:
            return Term(_ANSWERS.format(inputs="NULL"), values)
        values["structure"] = self._inputs.structure
        return Term(_ANSWERS.format(inputs="from_json(p.inputs, $structure)"), values)

    def _moments(self, measure: Measure, segment: str | None) -> tuple[str, dict[str, object]]:
        """Return the query of a measure, a row for each segment, version and period, and the values to bind in it."""
        spec, value = self._spec, value_of(measure, self._manifest)
        outcomes = self._outcomes if measure.of_outcomes else None
        of_unit = outcomes is not None and outcomes.of_unit
        unit = self._inputs.column(spec.unit) if spec.unit else "CAST(NULL AS VARCHAR)"
        by_unit = self._covariates is not None and self._covariates.of_unit
        sql = _MOMENTS.format(
            answers=self._answers.sql,
            outcomes=outcomes.totals(_total(measure), spec.outcome_time) if outcomes else _NOTHING,
            covariates=self._covariates.totals(f"avg({self._known})") if self._covariates else _NOTHING,
            kind=outcome_type(self._manifest),
            unit=unit,
            segment=self._inputs.column(segment) if segment else "CAST(NULL AS VARCHAR)",
            outcome_key=unit if of_unit else "answers.prediction_id",
            covariate_key=unit if by_unit else "answers.prediction_id",
            value=value.sql,
            covariate=self._covariate,
            # What came of a unit is one value, however many predictions it had.
            total="any_value(value)" if of_unit else "sum(value)",
            counted="1" if of_unit else "count(*)",
        )
        return sql, {**self._answers.values, **value.values, "compared": self._course.compared}

    @property
    def _known(self) -> str:
        """The covariate's column in its own table."""
        assert self._covariates is not None and self._spec.covariate is not None
        return self._covariates.column(self._spec.covariate.rpartition(".")[2])

    @property
    def _covariate(self) -> str:
        if self._covariates is not None:
            return "known"
        name = self._spec.covariate
        return "CAST(NULL AS DOUBLE)" if name is None else f"TRY_CAST({self._inputs.column(name)} AS DOUBLE)"


def _total(measure: Measure) -> str:
    """Return what is told of the rows of one prediction or unit in the outcome table, together."""
    if measure.expression is None:
        return "count(*)"
    return f"sum(CAST(({predicate_to_duckdb(measure.expression)}) AS DOUBLE))"


@contextmanager
def experiment_log(
    session: Session, connection: Connection, spec: ExperimentSpec, course: Course, manifests: Sequence[Manifest]
) -> Iterator[ExperimentLog]:
    """Give the log of an experiment's answers while what it reads besides is open.

    `manifests` are those of the variants, the control first. Raises UnknownName for a table, column or input that
    there is not.
    """
    for name in (PREDICTIONS, LABELS):
        make_own_table(connection, name)
    with ExitStack() as stack:

        def opened(table: str) -> JoinedTable | None:
            return JoinedTable(session, connection, stack, table, spec.unit) if table else None

        outcomes = opened(spec.outcome_table or "")
        covariates = opened(spec.covariate.rpartition(".")[0] if spec.covariate else "")
        yield ExperimentLog(connection, spec, course, manifests, outcomes, covariates)
