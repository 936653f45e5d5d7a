"""`penstock backtest`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from penstock.cli.output import Format, FormatOption, print_table, say
from penstock.cli.project_folder import folder_of


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(backtest)


def backtest(
    context: typer.Context,
    endpoint: Annotated[str, typer.Argument(metavar="ENDPOINT", help="The endpoint whose loop is replayed.")],
    from_table: Annotated[
        str, typer.Option("--from", metavar="TABLE", help="The table that holds history, labels included.")
    ],
    time_column: Annotated[str, typer.Option(metavar="COLUMN", help="The column that orders the rows in time.")],
    label_delay: Annotated[
        str, typer.Option(metavar="DURATION", help="How long after a row its label is known.")
    ] = "0 days",
    step: Annotated[
        str | None, typer.Option(metavar="DURATION", help="How far each step goes. Default: a fiftieth of the time.")
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(
            metavar="MOMENT", help="Where the replay begins; the first version is made of what was known by then."
        ),
    ] = None,
    end: Annotated[str | None, typer.Option(metavar="MOMENT", help="Where the replay ends.")] = None,
    chart: Annotated[Path | None, typer.Option(metavar="FILE", help="A PNG to draw the chart in.")] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Replay history through the loop in virtual time.

    Shows what the policy would have earned, against never retraining and retraining at every step.
    """
    from penstock.cli.progress import ProgressListener

    with ProgressListener() as listener, folder_of(context).connect(listener) as connection:
        found = connection.backtest(
            endpoint,
            from_table=from_table,
            time_column=time_column,
            label_delay=label_delay,
            step=step,
            start=start,
            end=end,
        )
    drawn = found.chart(chart)
    if form is not Format.TABLE:
        print_table(found.steps.arrow(), form)
        return
    say(drawn + "\n")
    for retraining in found.result.retrainings:
        verdict = "accepted" if retraining.accepted else "rejected"
        say(f"{retraining.at:%Y-%m-%d %H:%M}  {verdict}  {retraining.reason}")
    if chart is not None:
        say(f"The chart is in {chart}.")
    print_table(found.summary().arrow(), form)
