"""A backtest from Python: the numbers, the table, the chart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Self

import pyarrow as pa

from penstock.connection.chart import draw_chart, text_chart
from penstock.connection.display import Display, Section
from penstock.connection.relation import Relation
from penstock.core.errors import UserError
from penstock.engine.backtest import BacktestResult, BacktestSettings, run_backtest
from penstock.engine.session import Session
from penstock.engine.workspace import Workspace
from penstock.project.duration import parse_duration


@dataclass(frozen=True)
class BacktestRequest:
    """What was asked for, as texts."""

    endpoint: str
    table: str
    time_column: str
    label_delay: str
    step: str | None
    start: str | None
    end: str | None


class Backtest:
    """What the loop would have done over history, and what that was worth."""

    def __init__(self, result: BacktestResult) -> None:
        self.result = result

    @classmethod
    def of(cls, session: Session, workspace: Workspace, request: BacktestRequest) -> Self:
        """Replay and return what came of it."""
        settings = BacktestSettings(
            endpoint=request.endpoint,
            table=request.table,
            time_column=request.time_column,
            label_delay=parse_duration(request.label_delay),
            step=parse_duration(request.step) if request.step else None,
            start=_moment("start", request.start),
            end=_moment("end", request.end),
        )
        return cls(run_backtest(session, workspace.graph, settings))

    @property
    def steps(self) -> Relation:
        """One row a step: when, how many rows, and the metric under the policy, never and always retraining."""
        return Relation.of(self.result.steps)

    @property
    def retrainings(self) -> Relation:
        """One row a retraining under the policy: when and why it was begun, and what the gate said of its version."""
        found = self.result.retrainings
        return Relation.of(
            pa.table(
                {
                    "at": pa.array([retraining.at for retraining in found], pa.timestamp("us", "UTC")),
                    "reason": pa.array([retraining.reason for retraining in found], pa.string()),
                    "accepted": pa.array([retraining.accepted for retraining in found], pa.bool_()),
                    "verdict": pa.array([retraining.verdict for retraining in found], pa.string()),
                    "seconds": pa.array([round(retraining.seconds, 2) for retraining in found], pa.float64()),
                }
            )
        )

    def summary(self) -> Relation:
        """Return one row a way of retraining: the metric over all rows, the trainings and the seconds they took."""
        return Relation.of(self._summary())

    def chart(self, path: str | Path | None = None) -> str:
        """Return the metric over time as a chart of text; with a path, draw it as a PNG there too."""
        if path is not None:
            draw_chart(self.result, Path(path))
        return text_chart(self.result)

    def __repr__(self) -> str:
        return Display(self.chart(), (Section("", self._summary()),)).text()

    def _repr_html_(self) -> str:
        picture = BytesIO()
        draw_chart(self.result, picture)
        sections = [Section("", self._summary())]
        if self.result.retrainings:
            sections.append(Section("Retrainings under the policy", self.retrainings.arrow()))
        heading = f"Endpoint {self.result.endpoint} replayed: {self.result.metric}"
        return Display(heading, tuple(sections), picture.getvalue()).html()

    def _summary(self) -> pa.Table:
        result = self.result
        names = list(result.overall)
        return pa.table(
            {
                "retraining": names,
                result.metric: pa.array([result.overall[name] for name in names], pa.float64()),
                "trainings": pa.array([result.trainings[name] for name in names], pa.int64()),
                "training_seconds": pa.array([round(result.seconds[name], 2) for name in names], pa.float64()),
            }
        )


def _moment(what: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UserError.of(f"{what} must be a moment like '2012-01-01', not {text!r}.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
