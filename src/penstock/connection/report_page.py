"""A report as one HTML file: no script, nothing from the network, plots within."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from penstock.connection import report_word as word
from penstock.connection.page_part import (
    bars,
    broken,
    count_cell,
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
from penstock.connection.svg_plot import band_plot, calibration_plot, curve_plot, histogram_plot
from penstock.learn.report.confusion import Confusion
from penstock.learn.report.model_report import ModelReport, Tried

Json = Any
_MOST_FEATURES, _MOST_LEADERS, _MOST_SLICES, _MOST_GROUPS = 12, 15, 10, 12


def report_page(report: ModelReport) -> str:
    """Return the page."""
    title = f"{report.model}, version {report.version}"
    pairs = (pair(_metrics(report), _importance(report)), _search(report), _serving(report), _findings(report))
    beside = _confusion(report) + _curve(report)
    errors = (_residuals(report), pair(_calibration(report), f"<div>{beside}</div>" if beside else ""))
    body = "".join([_top(report), *pairs, *errors, _slices(report), _groups(report), notes(report.notes)])
    return whole_page(title, body, report.created_at)


def _top(report: ModelReport) -> str:
    heading = f"<h1>{safe(report.model)} <small>version {report.version}</small></h1>"
    kind = f'<p class="soft">{safe(report.model_type)} for {safe(report.label)}. {safe(word.judged(report))}</p>'
    metric = word.headline_metric(report)
    told = []
    if metric is not None:
        beside = "" if metric.baseline is None else f"{metric.name}; one answer has {word.number(metric.baseline)}"
        told.append((word.number(metric.value), beside or metric.name))
    told.append((f"{report.train_rows + report.held_out_rows:,}", f"rows of {report.features} columns"))
    if report.served.score_ms is not None:
        told.append((f"{word.number(report.served.score_ms, 3)} ms", "to score 1,000 rows"))
    told.append((word.size(report.served.size_bytes), "the graph that is served"))
    lead = f'<p class="lead">{safe(word.headline(report))}</p>'
    return f"<header>{heading}{kind}{lead}</header>{tiles(told)}"


def _metrics(report: ModelReport) -> str:
    rows = [
        f"<tr><td>{broken(metric.name)}</td>{number_cell(metric.value)}{number_cell(metric.baseline)}"
        f'<td class="soft">{"↓" if metric.less_is_better else "↑"}</td></tr>'
        for metric in report.metrics
    ]
    head = '<th>metric</th><th class="n">this version</th><th class="n">one answer</th><th></th>'
    said = "↑ more is better, ↓ less. "
    said += f"Beside each metric stands that of {report.baseline}." if report.baseline else ""
    return section("How good it is", table(head, rows) + soft(said))


def _importance(report: ModelReport) -> str:
    rows = [row for row in report.importance if row["attribution"]]
    if not rows:
        return ""
    most = rows[0]["attribution"]
    cells = [
        f"<span>{safe(row['feature'])}</span>{meter(row['attribution'] / most)}"
        f'<span class="n">{word.number(row["attribution"], 3)}</span>'
        for row in rows
    ]
    body = bars(cells[:_MOST_FEATURES]) + soft("The mean size of each column's part in a row's raw score.")
    if len(cells) > _MOST_FEATURES:
        rest = bars(cells[_MOST_FEATURES:])
        body += f"<details><summary>{len(cells) - _MOST_FEATURES} more</summary>{rest}</details>"
    return section("What it looks at", body)


def _search(report: ModelReport) -> str:
    if report.search is None:
        return ""
    spread = _spread(report)
    rows = [_candidate(row, spread) for row in report.leaderboard]
    names = ("weight", "fit", "1,000 rows", "size")
    head = f'<th>candidate</th><th class="n">{safe(report.search["metric"])}</th><th class="wide"></th>'
    head += "".join(f'<th class="n">{name}</th>' for name in names)
    body = f"<p>{safe(word.searched(report))}</p>{table(head, rows[:_MOST_LEADERS])}"
    if len(rows) > _MOST_LEADERS:
        rest = table(head, rows[_MOST_LEADERS:])
        body += f"<details><summary>{len(rows) - _MOST_LEADERS} more</summary>{rest}</details>"
    body += soft(word.bars(report))
    if report.skipped:
        gone = (f"<li>{safe(each.name)} <span class='soft'>{safe(each.reason)}</span></li>" for each in report.skipped)
        body += f"<h3>Given up</h3><ul>{''.join(gone)}</ul>"
    body += soft(word.derived(report))
    return section("What was tried", body)


def _spread(report: ModelReport) -> tuple[float, float]:
    """Return between what the bars of candidates are drawn: one answer's score, or the worst, and the best."""
    scores = [row.score for row in report.leaderboard if row.score is not None]
    if not scores:
        return 0.0, 0.0
    baseline = word.searched_baseline(report)
    # The best stands first, whether more or less is better.
    return (scores[-1] if baseline is None else baseline), scores[0]


def _serving(report: ModelReport) -> str:
    """Return the forms that a search's model was made in, where it had to become smaller."""
    if report.serving is None or len(report.serving["tried"]) < 2:
        return ""
    rows = [
        f'<tr><td>{safe(each["form"])}</td><td class="n">{each["members"]}</td>{number_cell(each["score"], 5)}'
        f'<td class="n">{word.number(each["latency_ms"], 2)} ms</td>'
        f'<td class="n">{word.size(each["size_bytes"])}</td></tr>'
        for each in report.serving["tried"]
    ]
    metric = safe(report.search["metric"]) if report.search else "score"
    names = ("members", metric, "one row", "size")
    head = "<th>form</th>" + "".join(f'<th class="n">{name}</th>' for name in names)
    return section("What is served", f"<p>{safe(word.served(report))}</p>{table(head, rows)}")


def _candidate(row: Tried, spread: tuple[float, float]) -> str:
    worst, best = spread
    share = 1.0 if best == worst or row.score is None else max((row.score - worst) / (best - worst), 0.0)
    values = ", ".join(f"{name} {_value(value)}" for name, value in row.values.items())
    used = f'<span class="mark used">{row.weight:.0%}</span>' if row.weight else '<span class="soft">–</span>'
    seconds = "–" if row.fit_seconds is None else f"{row.fit_seconds:.1f} s"
    taken = "–" if row.score_ms is None else f"{word.number(row.score_ms, 3)} ms"
    return (
        f'<tr><td title="{safe(values)}">{safe(row.name)}</td>{number_cell(row.score, 5)}'
        f'<td class="wide">{meter(share)}</td><td class="n">{used}</td><td class="n">{seconds}</td>'
        f'<td class="n">{taken}</td><td class="n">{word.size(row.size_bytes)}</td></tr>'
    )


def _findings(report: ModelReport) -> str:
    rows = [
        f'<li><span class="mark{"" if row["severity"] == "info" else " warn"}">{safe(row["kind"])}</span> '
        f'{safe(row["message"])} <span class="soft">{safe(row["done"])}</span></li>'
        for row in report.findings
    ]
    return section("What the table is like", f"<ul>{''.join(rows)}</ul>") if rows else ""


def _calibration(report: ModelReport) -> str:
    if report.calibration is None:
        return ""
    said = "Each dot is a tenth of the rows, with the interval that holds its true share at 95 % (Wilson)."
    body = f"<p>{safe(word.calibrated(report))}</p>{calibration_plot(report.calibration)}"
    return section("Do probabilities mean what they say?", body + soft(said))


def _confusion(report: ModelReport) -> str:
    if report.confusion is None:
        return ""
    body = _matrix(report.confusion) if report.confusion.counts else ""
    if len(report.confusion.classes) > 2 and report.confusion.mistakes:
        rows = [
            f'<tr><td>{safe(each.actual)}</td><td>{safe(each.predicted)}</td><td class="n">{each.rows:,}</td></tr>'
            for each in report.confusion.mistakes
        ]
        body += "<h3>Most frequent mistakes</h3>"
        body += table('<th>actual</th><th>predicted</th><th class="n">rows</th>', rows)
    return section("What is taken for what", body) if body else ""


def _matrix(found: Confusion) -> str:
    head = "".join(f"<th>{safe(name)}</th>" for name in found.classes)
    rows = []
    for place, counts in enumerate(found.counts):
        total = sum(counts) or 1
        cells = []
        for column, count in enumerate(counts):
            colour = "accent" if column == place else "warn"
            tint = f"background: color-mix(in srgb, var(--{colour}) {round(70 * count / total)}%, transparent)"
            cells.append(f'<td style="{tint}">{count:,}<br><small>{count / total:.0%}</small></td>')
        rows.append(f"<tr><th>{safe(found.classes[place])}</th>{''.join(cells)}</tr>")
    said = soft("Shares are of the actual class.")
    head = f'<thead><tr><th class="soft">actual ╲ predicted</th>{head}</tr></thead>'
    table = f'<table class="matrix">{head}<tbody>{"".join(rows)}</tbody></table>'
    return f'<div class="scroll">{table}</div>{said}'


def _residuals(report: ModelReport) -> str:
    found = report.residuals
    if found is None:
        return ""
    said = f"{found.outside:,} rows have greater errors than are drawn." if found.outside else ""
    spread = section("How far it is off", f"<p>{safe(word.spread(found))}</p>{histogram_plot(found)}{soft(said)}")
    told = "The middle error, and the band in which four of five errors lie. A level band around zero is a good sign."
    return pair(spread, section("Where it is off", band_plot(found) + soft(told)))


def _curve(report: ModelReport) -> str:
    curve = report.learning_curve
    if not curve:
        return ""
    plot = said = ""
    if curve.get("points"):
        points = curve["points"]
        plot = curve_plot([p["rows"] for p in points], [p["score"] for p in points], curve["metric"])
        said = f"Of {curve['candidate']}, on the same judging rows each time; each step doubles the rows."
    body = f"<p>{safe(word.more_rows(report))}</p>{plot}{soft(said)}"
    return section("How much would more rows give?", body)


def _slices(report: ModelReport) -> str:
    if report.slices is None:
        return ""
    rows = []
    worst = report.slices["worst"][:_MOST_SLICES]
    most = max((word.loss(report.slices, row["loss"]) for row in worst), default=0.0) or 1.0
    for row in worst:
        sure = '<span class="mark warn">sure</span>' if row["sure"] else '<span class="mark">may be chance</span>'
        own, rest, baseline = (word.loss(report.slices, row[name]) for name in ("loss", "rest", "baseline"))
        rows.append(
            f"<tr><td>{safe(row['column'])}: <b>{safe(row['slice'])}</b></td>{count_cell(row['rows'])}"
            f'{number_cell(own)}<td class="wide">{meter(own / most)}</td>{number_cell(rest)}{number_cell(baseline)}'
            f"<td>{sure}</td></tr>"
        )
    loss = safe(word.loss_name(report.slices))
    head = f'<th>slice</th><th class="n">rows</th><th class="n">{loss}</th><th class="wide"></th>'
    head += '<th class="n">elsewhere</th><th class="n">one answer there</th><th></th>'
    said = (
        "«Sure» holds for all slices together: chances are those of Welch's test after Holm's correction. A slice can "
        "be harder by nature; the last number says what its own best single answer would have."
    )
    body = f"<p>{safe(word.sliced(report))}</p>" + (table(head, rows) + soft(said) if rows else "")
    return section("Where it errs more", body)


def _groups(report: ModelReport) -> str:
    groups = report.slices["groups"] if report.slices else []
    if not groups:
        return ""
    parts = [_group(group) for group in groups[:_MOST_GROUPS]]
    said = (
        "Every column of few categories, each as if it were to be protected: which of them are is for you to say. A "
        "gap is the greatest measure less the least."
    )
    if "actual_rate" in groups[0]["groups"][0]["measures"]:
        said += " Groups can differ in truth, as the share actually positive tells."
    return section("Gaps between groups", f"<p>{safe(said)}</p>{''.join(parts)}")


def _group(group: Mapping[str, Json]) -> str:
    names = list(group["groups"][0]["measures"])
    head = '<th>group</th><th class="n">rows</th>'
    head += "".join(f'<th class="n">{safe(word.measure_name(name))}</th>' for name in names)
    rows = [
        f"<tr><td>{safe(each['slice'])}</td>{count_cell(each['rows'])}"
        + "".join(number_cell(each["measures"][name], 3) for name in names)
        + "</tr>"
        for each in group["groups"]
    ]
    sure = any(gap["sure"] for gap in group["gaps"].values())
    mark = f'<span class="mark{" warn" if sure else ""}">{safe(word.gaps(group))}</span>'
    heading = f"<summary><b>{safe(group['column'])}</b> {mark}</summary>"
    return f"<details>{heading}{table(head, rows)}</details>"


def _value(value: Json) -> str:
    return word.number(value, 3) if isinstance(value, float) else str(value)
