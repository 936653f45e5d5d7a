"""A backtest from Python: the numbers, the table, the chart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import pyarrow as pa

from penstock.connection.chart import draw_chart, text_chart
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
    def steps(self) -> pa.Table:
        """One row a step: when, how many rows, and the metric under the policy, never and always retraining."""
        return self.result.steps

    def summary(self) -> pa.Table:
        """Return one row a way of retraining: the metric over all rows, the trainings and the seconds they took."""
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

    def chart(self, path: str | Path | None = None) -> str:
        """Return the metric over time as a chart of text; with a path, draw it as a PNG there too."""
        if path is not None:
            draw_chart(self.result, Path(path))
        return text_chart(self.result)

    def __repr__(self) -> str:
        from penstock.connection.text_table import text_table

        return f"{self.chart()}\n\n{text_table(self.summary(), 10)}"


def _moment(what: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UserError.of(f"{what} must be a moment like '2012-01-01', not {text!r}.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
