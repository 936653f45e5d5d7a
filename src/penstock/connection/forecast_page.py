"""A forecaster's report as one HTML file: no script, nothing from the network, plots within."""

from __future__ import annotations

from penstock.connection import forecast_word as word
from penstock.connection.forecast_plot import held_plot, outlook_plot, step_plot
from penstock.connection.page_part import (
    broken,
    meter,
    notes,
    number_cell,
    pair,
    safe,
    section,
    soft,
    table,
    tiles,
    whole_page,
)
from penstock.connection.report_word import number
from penstock.learn.report.forecast_report import ForecastReport, Method, SeriesScore


def forecast_page(report: ForecastReport) -> str:
    """Return the page."""
    parts = [
        _top(report),
        _outlooks(report),
        pair(_column(_metrics(report), _steps(report)), _column(_series(report), _held(report))),
        _methods(report),
        notes(report.notes),
    ]
    return whole_page(f"{report.model}, version {report.version}", "".join(parts), report.created_at)


def _column(*sections: str) -> str:
    body = "".join(sections)
    return f"<div>{body}</div>" if body else ""


def _top(report: ForecastReport) -> str:
    heading = f"<h1>{safe(report.model)} <small>version {report.version}</small></h1>"
    kind = f'<p class="soft">{safe(report.model_type)} for {safe(report.label)}. {safe(word.judged(report))}</p>'
    lead = f'<p class="lead">{safe(word.headline(report))}</p>'
    metric = report.metrics[0]
    told = []
    if metric.value is not None:
        told.append((number(metric.value), f"{metric.name}; {report.baseline} has {number(metric.baseline)}"))
    told.append((f"{report.series:,}", f"series of {report.train_rows:,} rows"))
    told.append((f"{report.horizon:,}", "steps ahead"))
    told += [
        (f"{each.share:.1%}", f"of values within the intervals of {each.level:.0%}")
        for each in report.held
        if each.share is not None
    ]
    return f"<header>{heading}{kind}{lead}</header>{tiles(told)}"


def _outlooks(report: ForecastReport) -> str:
    worst = {row.series for row in report.worst} if report.judged_series > 1 else set()
    cards = []
    for found in report.plots:
        mark = ""
        if report.judged_series > 1:
            mark = f' <span class="mark{" warn" if found.series in worst else ""}">'
            mark += f"{'hard' if found.series in worst else 'easy'} to forecast</span>"
        cards.append(f"<div><h3>{safe(word.name(found.series))}{mark}</h3>{outlook_plot(found, report.label)}</div>")
    body = f'<div class="two">{"".join(cards)}</div>' if len(cards) > 1 else "".join(cards)
    levels = " and ".join(f"{each.level:.0%}" for each in report.held)
    return section("What comes", body + soft(f"The bands hold {levels} of what may come."))


def _metrics(report: ForecastReport) -> str:
    if not report.judged_series:
        return ""
    rows = [
        f"<tr><td>{broken(metric.name)}</td>{number_cell(metric.value)}{number_cell(metric.baseline)}</tr>"
        for metric in report.metrics
    ]
    head = f'<th>metric</th><th class="n">this version</th><th class="n">{safe(report.baseline)}</th>'
    said = "Less is better. Errors of forecasts from earlier points, with the weights that the other points give."
    return section("How good it is", table(head, rows) + soft(said))


def _series(report: ForecastReport) -> str:
    if report.judged_series < 2:
        return ""
    head = f'<th>series</th><th class="n">{safe(report.search["metric"])}</th>'
    head += f'<th class="n">{safe(report.baseline)}</th><th>mostly</th>'
    body = f"<p>{safe(word.better(report))}</p>"
    for name, rows in (("Best", report.best), ("Worst", report.worst)):
        body += f"<h3>{name}</h3>" + table(head, [_row(row) for row in rows]) if rows else ""
    return section("Series by series", body)


def _row(row: SeriesScore) -> str:
    return (
        f"<tr><td>{safe(row.series)}</td>{number_cell(row.score)}{number_cell(row.baseline)}"
        f"<td>{safe(row.method)}</td></tr>"
    )


def _methods(report: ForecastReport) -> str:
    scores = [row.score for row in report.leaderboard if row.score is not None]
    worst = max(scores, default=0.0) or 1.0
    points = ["newest point", *(f"point {place}" for place in range(2, report.origins + 1))][: report.origins]
    names = ("weight", "fit", "series", *points)
    head = f'<th>method</th><th class="n">{safe(report.search["metric"])}</th><th class="wide"></th>'
    head += "".join(f'<th class="n">{name}</th>' for name in names)
    rows = [_method(row, worst) for row in report.leaderboard]
    body = f"<p>{safe(word.searched(report))}</p>{table(head, rows)}"
    body += soft("Beside the mean over all points stands the score of the forecasts from each, the newest first.")
    if report.skipped:
        gone = (f"<li>{safe(each.name)} <span class='soft'>{safe(each.reason)}</span></li>" for each in report.skipped)
        body += f"<h3>Left out</h3><ul>{''.join(gone)}</ul>"
    return section("What was tried", body)


def _method(row: Method, worst: float) -> str:
    used = f'<span class="mark used">{row.weight:.0%}</span>' if row.weight else '<span class="soft">–</span>'
    share = 0.0 if row.score is None else row.score / worst
    return (
        f'<tr><td>{broken(row.name)}</td>{number_cell(row.score)}<td class="wide">{meter(share)}</td>'
        f'<td class="n">{used}</td><td class="n">{row.fit_seconds:.1f} s</td><td class="n">{row.series:,}</td>'
        + "".join(number_cell(score) for score in row.origins)
        + "</tr>"
    )


def _steps(report: ForecastReport) -> str:
    if not any(each.score is not None for each in report.steps):
        return ""
    plot = step_plot(report.steps, str(report.search["metric"]))
    return section("How far ahead it sees", plot + soft(f"The dashed line is {report.baseline}."))


def _held(report: ForecastReport) -> str:
    known = any(each.share is not None for each in report.held)
    plot = held_plot(report.steps) if known else ""
    return section("Do intervals hold what they say?", f"<p>{safe(word.held(report))}</p>{plot}")
