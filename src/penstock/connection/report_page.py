"""A report as one HTML file: no script, nothing from the network, plots within."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

from penstock.connection import report_word as word
from penstock.connection.report_style import STYLE
from penstock.connection.svg_plot import band_plot, calibration_plot, curve_plot, histogram_plot
from penstock.learn.report.confusion import Confusion
from penstock.learn.report.model_report import ModelReport, Tried

Json = Any
_MOST_FEATURES, _MOST_LEADERS, _MOST_SLICES, _MOST_GROUPS = 12, 15, 10, 12


def report_page(report: ModelReport) -> str:
    """Return the page."""
    title = f"{report.model}, version {report.version}"
    pairs = (_pair(_metrics(report), _importance(report)), _search(report), _serving(report), _findings(report))
    beside = _confusion(report) + _curve(report)
    errors = (_residuals(report), _pair(_calibration(report), f"<div>{beside}</div>" if beside else ""))
    body = "".join([_top(report), *pairs, *errors, _slices(report), _groups(report), _notes(report)])
    made = f"Trained {report.created_at:%Y-%m-%d %H:%M} UTC. This page is made of the version's artifact alone."
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_text(title)}</title><style>{STYLE}</style></head>\n"
        f"<body><main>{body}<footer>{_text(made)}</footer></main></body></html>\n"
    )


def _top(report: ModelReport) -> str:
    heading = f"<h1>{_text(report.model)} <small>version {report.version}</small></h1>"
    kind = f'<p class="soft">{_text(report.model_type)} for {_text(report.label)}. {_text(word.judged(report))}</p>'
    metric = word.headline_metric(report)
    tiles = []
    if metric is not None:
        beside = "" if metric.baseline is None else f"{metric.name}; one answer has {word.number(metric.baseline)}"
        tiles.append((word.number(metric.value), beside or metric.name))
    tiles.append((f"{report.train_rows + report.held_out_rows:,}", f"rows of {report.features} columns"))
    if report.served.score_ms is not None:
        tiles.append((f"{word.number(report.served.score_ms, 3)} ms", "to score 1,000 rows"))
    tiles.append((word.size(report.served.size_bytes), "the graph that is served"))
    told = "".join(f'<div class="tile"><b>{_text(value)}</b><span>{_text(name)}</span></div>' for value, name in tiles)
    lead = f'<p class="lead">{_text(word.headline(report))}</p>'
    return f'<header>{heading}{kind}{lead}</header><div class="tiles">{told}</div>'


def _metrics(report: ModelReport) -> str:
    rows = [
        f"<tr><td>{_broken(metric.name)}</td>{_number(metric.value)}{_number(metric.baseline)}"
        f'<td class="soft">{"↓" if metric.less_is_better else "↑"}</td></tr>'
        for metric in report.metrics
    ]
    head = '<th>metric</th><th class="n">this version</th><th class="n">one answer</th><th></th>'
    said = "↑ more is better, ↓ less. "
    said += f"Beside each metric stands that of {report.baseline}." if report.baseline else ""
    return _section("How good it is", _table(head, rows) + _soft(said))


def _importance(report: ModelReport) -> str:
    rows = [row for row in report.importance if row["attribution"]]
    if not rows:
        return ""
    most = rows[0]["attribution"]
    cells = [
        f"<span>{_text(row['feature'])}</span>{_meter(row['attribution'] / most)}"
        f'<span class="n">{word.number(row["attribution"], 3)}</span>'
        for row in rows
    ]
    body = _bars(cells[:_MOST_FEATURES]) + _soft("The mean size of each column's part in a row's raw score.")
    if len(cells) > _MOST_FEATURES:
        rest = _bars(cells[_MOST_FEATURES:])
        body += f"<details><summary>{len(cells) - _MOST_FEATURES} more</summary>{rest}</details>"
    return _section("What it looks at", body)


def _bars(cells: Sequence[str]) -> str:
    return f'<div class="bars">{"".join(cells)}</div>'


def _search(report: ModelReport) -> str:
    if report.search is None:
        return ""
    scores = [row.score for row in report.leaderboard if row.score is not None]
    # The best stands first, whether more or less is better.
    spread = (scores[-1], scores[0]) if scores else (0.0, 0.0)
    rows = [_candidate(row, spread) for row in report.leaderboard]
    names = ("weight", "fit", "1,000 rows", "size")
    head = f'<th>candidate</th><th class="n">{_text(report.search["metric"])}</th><th class="wide"></th>'
    head += "".join(f'<th class="n">{name}</th>' for name in names)
    body = f"<p>{_text(word.searched(report))}</p>{_table(head, rows[:_MOST_LEADERS])}"
    if len(rows) > _MOST_LEADERS:
        rest = _table(head, rows[_MOST_LEADERS:])
        body += f"<details><summary>{len(rows) - _MOST_LEADERS} more</summary>{rest}</details>"
    if report.skipped:
        gone = (
            f"<li>{_text(each.name)} <span class='soft'>{_text(each.reason)}</span></li>" for each in report.skipped
        )
        body += f"<h3>Given up</h3><ul>{''.join(gone)}</ul>"
    body += _soft(word.derived(report))
    return _section("What was tried", body)


def _serving(report: ModelReport) -> str:
    """Return the forms that a search's model was made in, where it had to become smaller."""
    if report.serving is None or len(report.serving["tried"]) < 2:
        return ""
    rows = [
        f'<tr><td>{_text(each["form"])}</td><td class="n">{each["members"]}</td>{_number(each["score"], 5)}'
        f'<td class="n">{word.number(each["latency_ms"], 2)} ms</td>'
        f'<td class="n">{word.size(each["size_bytes"])}</td></tr>'
        for each in report.serving["tried"]
    ]
    metric = _text(report.search["metric"]) if report.search else "score"
    names = ("members", metric, "one row", "size")
    head = "<th>form</th>" + "".join(f'<th class="n">{name}</th>' for name in names)
    return _section("What is served", f"<p>{_text(word.served(report))}</p>{_table(head, rows)}")


def _candidate(row: Tried, spread: tuple[float, float]) -> str:
    worst, best = spread
    share = 1.0 if best == worst or row.score is None else (row.score - worst) / (best - worst)
    values = ", ".join(f"{name} {_value(value)}" for name, value in row.values.items())
    used = f'<span class="mark used">{row.weight:.0%}</span>' if row.weight else '<span class="soft">–</span>'
    seconds = "–" if row.fit_seconds is None else f"{row.fit_seconds:.1f} s"
    taken = "–" if row.score_ms is None else f"{word.number(row.score_ms, 3)} ms"
    return (
        f'<tr><td title="{_text(values)}">{_text(row.name)}</td>{_number(row.score, 5)}'
        f'<td class="wide">{_meter(share)}</td><td class="n">{used}</td><td class="n">{seconds}</td>'
        f'<td class="n">{taken}</td><td class="n">{word.size(row.size_bytes)}</td></tr>'
    )


def _findings(report: ModelReport) -> str:
    rows = [
        f'<li><span class="mark{"" if row["severity"] == "info" else " warn"}">{_text(row["kind"])}</span> '
        f'{_text(row["message"])} <span class="soft">{_text(row["done"])}</span></li>'
        for row in report.findings
    ]
    return _section("What the table is like", f"<ul>{''.join(rows)}</ul>") if rows else ""


def _calibration(report: ModelReport) -> str:
    if report.calibration is None:
        return ""
    said = "Each dot is a tenth of the rows, with the interval that holds its true share at 95 % (Wilson)."
    body = f"<p>{_text(word.calibrated(report))}</p>{calibration_plot(report.calibration)}"
    return _section("Do probabilities mean what they say?", body + _soft(said))


def _confusion(report: ModelReport) -> str:
    if report.confusion is None:
        return ""
    body = _matrix(report.confusion) if report.confusion.counts else ""
    if len(report.confusion.classes) > 2 and report.confusion.mistakes:
        rows = [
            f'<tr><td>{_text(each.actual)}</td><td>{_text(each.predicted)}</td><td class="n">{each.rows:,}</td></tr>'
            for each in report.confusion.mistakes
        ]
        body += "<h3>Most frequent mistakes</h3>"
        body += _table('<th>actual</th><th>predicted</th><th class="n">rows</th>', rows)
    return _section("What is taken for what", body) if body else ""


def _matrix(found: Confusion) -> str:
    head = "".join(f"<th>{_text(name)}</th>" for name in found.classes)
    rows = []
    for place, counts in enumerate(found.counts):
        total = sum(counts) or 1
        cells = []
        for column, count in enumerate(counts):
            colour = "accent" if column == place else "warn"
            tint = f"background: color-mix(in srgb, var(--{colour}) {round(70 * count / total)}%, transparent)"
            cells.append(f'<td style="{tint}">{count:,}<br><small>{count / total:.0%}</small></td>')
        rows.append(f"<tr><th>{_text(found.classes[place])}</th>{''.join(cells)}</tr>")
    said = _soft("Shares are of the actual class.")
    head = f'<thead><tr><th class="soft">actual ╲ predicted</th>{head}</tr></thead>'
    table = f'<table class="matrix">{head}<tbody>{"".join(rows)}</tbody></table>'
    return f'<div class="scroll">{table}</div>{said}'


def _residuals(report: ModelReport) -> str:
    found = report.residuals
    if found is None:
        return ""
    said = f"{found.outside:,} rows have greater errors than are drawn." if found.outside else ""
    spread = _section("How far it is off", f"<p>{_text(word.spread(found))}</p>{histogram_plot(found)}{_soft(said)}")
    told = "The middle error, and the band in which four of five errors lie. A level band around zero is a good sign."
    return _pair(spread, _section("Where it is off", band_plot(found) + _soft(told)))


def _curve(report: ModelReport) -> str:
    curve = report.learning_curve
    if not curve:
        return ""
    plot = said = ""
    if curve.get("points"):
        points = curve["points"]
        plot = curve_plot([p["rows"] for p in points], [p["score"] for p in points], curve["metric"])
        said = f"Of {curve['candidate']}, on the same judging rows each time; each step doubles the rows."
    body = f"<p>{_text(word.more_rows(report))}</p>{plot}{_soft(said)}"
    return _section("How much would more rows give?", body)


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
            f"<tr><td>{_text(row['column'])}: <b>{_text(row['slice'])}</b></td>{_count(row['rows'])}{_number(own)}"
            f'<td class="wide">{_meter(own / most)}</td>{_number(rest)}{_number(baseline)}<td>{sure}</td></tr>'
        )
    loss = _text(word.loss_name(report.slices))
    head = f'<th>slice</th><th class="n">rows</th><th class="n">{loss}</th><th class="wide"></th>'
    head += '<th class="n">elsewhere</th><th class="n">one answer there</th><th></th>'
    said = (
        "«Sure» holds for all slices together: chances are those of Welch's test after Holm's correction. A slice can "
        "be harder by nature; the last number says what its own best single answer would have."
    )
    body = f"<p>{_text(word.sliced(report))}</p>" + (_table(head, rows) + _soft(said) if rows else "")
    return _section("Where it errs more", body)


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
    return _section("Differences between groups", f"<p>{_text(said)}</p>{''.join(parts)}")


def _group(group: Mapping[str, Json]) -> str:
    names = list(group["groups"][0]["measures"])
    head = '<th>group</th><th class="n">rows</th>'
    head += "".join(f'<th class="n">{_text(word.measure_name(name))}</th>' for name in names)
    rows = [
        f"<tr><td>{_text(each['slice'])}</td>{_count(each['rows'])}"
        + "".join(_number(each["measures"][name], 3) for name in names)
        + "</tr>"
        for each in group["groups"]
    ]
    sure = any(gap["sure"] for gap in group["gaps"].values())
    mark = f'<span class="mark{" warn" if sure else ""}">{_text(word.gaps(group))}</span>'
    heading = f"<summary><b>{_text(group['column'])}</b> {mark}</summary>"
    return f"<details>{heading}{_table(head, rows)}</details>"


def _notes(report: ModelReport) -> str:
    rows = (f"<li>{_text(note)}</li>" for note in report.notes)
    return _section("Notes", f"<ul>{''.join(rows)}</ul>") if report.notes else ""


def _pair(*sections: str) -> str:
    known = [section for section in sections if section]
    return f'<div class="two">{"".join(known)}</div>' if len(known) > 1 else "".join(known)


def _section(heading: str, body: str) -> str:
    return f"<section><h2>{_text(heading)}</h2>{body}</section>"


def _table(head: str, rows: Sequence[str]) -> str:
    body = "".join(rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _meter(share: float) -> str:
    return f'<span class="meter"><i style="width: {max(share, 0.01):.1%}"></i></span>'


def _number(value: float | None, digits: int = 4) -> str:
    return f'<td class="n">{word.number(value, digits)}</td>'


def _count(value: int) -> str:
    return f'<td class="n">{value:,}</td>'


def _soft(said: str) -> str:
    return f'<p class="soft">{_text(said)}</p>' if said else ""


def _value(value: Json) -> str:
    return word.number(value, 3) if isinstance(value, float) else str(value)


def _broken(name: str) -> str:
    """Return a name that may go on in the next line after an underscore."""
    return _text(name).replace("_", "_<wbr>")


def _text(value: object) -> str:
    return html.escape(str(value))
