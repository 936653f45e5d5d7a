"""A report in a terminal: about a screenful."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from penstock.connection import report_word as word
from penstock.connection.text_table import text_table, text_width
from penstock.learn.report.model_report import ModelReport

BAR, GAP = 16, "    "
_MOST_LEADERS, _MOST_FEATURES, _MOST_SLICES, _MOST_GROUPS, _MOST_NOTES = 6, 8, 4, 3, 6
_MOST_CLASSES, _MOST_SKIPPED = 6, 3


def report_text(report: ModelReport, width: int | None = None) -> str:
    """Return the report as text, its parts side by side where `width` lets them."""
    heading = f"{report.model}@{report.version}: {report.model_type} for {report.label}"
    lines = [heading, word.headline(report), word.judged(report), _served(report)]
    blocks = ["\n".join(lines), *_side_by_side([_metrics(report), _importance(report)], width or 100)]
    blocks += [*_search(report), *_errors(report, width), *_slices(report, width), *_findings(report)]
    return "\n\n".join(block for block in blocks if block)


def _served(report: ModelReport) -> str:
    taken = report.served.score_ms
    speed = "" if taken is None else f", 1,000 rows are scored in {word.number(taken, 3)} ms"
    return f"{report.features} columns go in{speed}, the graph has {word.size(report.served.size_bytes)}."


def _metrics(report: ModelReport) -> str:
    metrics = report.metrics
    return text_table(
        pa.table(
            {
                "metric": [metric.name for metric in metrics],
                "value": pa.array([metric.value for metric in metrics], pa.float64()),
                "one answer": pa.array([metric.baseline for metric in metrics], pa.float64()),
            }
        ),
        len(metrics),
    )


def _importance(report: ModelReport) -> str:
    rows = report.importance[:_MOST_FEATURES]
    if not rows or not rows[0]["attribution"]:
        return ""
    names = max(text_width(row["feature"]) for row in rows)
    lines = ["what it looks at"]
    for row in rows:
        gap = " " * (names - text_width(row["feature"]))
        lines.append(f"{row['feature']}{gap}  {'█' * max(1, round(BAR * row['attribution'] / rows[0]['attribution']))}")
    return "\n".join(lines)


def _search(report: ModelReport) -> Iterator[str]:
    if report.search is None:
        return
    rows = report.leaderboard[:_MOST_LEADERS]
    table = pa.table(
        {
            "candidate": [row.name for row in rows],
            report.search["metric"]: pa.array([row.score for row in rows], pa.float64()),
            "weight": pa.array([row.weight for row in rows], pa.float64()),
            "fit s": pa.array([row.fit_seconds for row in rows], pa.float64()),
            "ms / 1,000 rows": pa.array([row.score_ms for row in rows], pa.float64()),
            "size": [word.size(row.size_bytes) for row in rows],
        }
    )
    lines = [word.searched(report), text_table(table, len(rows))]
    lines += _more(len(report.leaderboard) - len(rows))
    lines += [f"given up: {each.name} ({each.reason})" for each in report.skipped[:_MOST_SKIPPED]]
    lines += _more(len(report.skipped) - _MOST_SKIPPED, " given up")
    lines += [sentence for sentence in (word.served(report), word.derived(report)) if sentence]
    yield "\n".join(lines)


def _errors(report: ModelReport, width: int | None) -> Iterator[str]:
    sentences = [word.calibrated(report), word.more_rows(report)]
    yield "\n".join(sentence for sentence in sentences if sentence)
    if report.confusion and report.confusion.counts and len(report.confusion.classes) <= _MOST_CLASSES:
        classes = [str(each) for each in report.confusion.classes]
        columns = {"actual ╲ predicted": classes}
        for place, name in enumerate(classes):
            columns[name if name not in columns else f"{name} "] = [row[place] for row in report.confusion.counts]  # type: ignore[misc]
        yield text_table(pa.table(columns), len(classes), width)
    elif report.confusion and report.confusion.mistakes:
        told = (f"{each.actual} taken for {each.predicted}: {each.rows:,}" for each in report.confusion.mistakes[:5])
        yield "\n".join(told)
    if report.residuals:
        yield word.spread(report.residuals)


def _slices(report: ModelReport, width: int | None) -> Iterator[str]:
    if report.slices is None:
        return
    rows = [row for row in report.slices["worst"] if row["sure"]][:_MOST_SLICES]
    lines = [word.sliced(report)]
    if rows:
        table = pa.table(
            {
                "worst where": [f"{row['column']}: {row['slice']}" for row in rows],
                "rows": [row["rows"] for row in rows],
                word.loss_name(report.slices): [word.loss(report.slices, row["loss"]) for row in rows],
                "elsewhere": [word.loss(report.slices, row["rest"]) for row in rows],
                "one answer there": [word.loss(report.slices, row["baseline"]) for row in rows],
            }
        )
        lines.append(text_table(table, len(rows), width))
    yield "\n".join(lines)
    told = [group for group in report.slices["groups"] if any(gap["sure"] for gap in group["gaps"].values())]
    if told:
        lines = [f"{group['column']}: {word.gaps(group)}" for group in told[:_MOST_GROUPS]]
        yield "\n".join(["Gaps between groups of rows, surely more than chance:", *lines])


def _findings(report: ModelReport) -> Iterator[str]:
    if report.findings:
        rows = report.findings[:_MOST_NOTES]
        lines = [f"{'!' if row['severity'] != 'info' else '·'} {row['message']} {row['done']}" for row in rows]
        yield "\n".join(["About the table:", *lines, *_more(len(report.findings) - len(rows))])
    if report.notes:
        yield "\n".join([*report.notes[:_MOST_NOTES], *_more(len(report.notes) - _MOST_NOTES)])


def _more(rows: int, what: str = "") -> list[str]:
    """Return the line that says how many rows are not shown."""
    return [f"… {rows:,} more{what}"] if rows > 0 else []


def _side_by_side(blocks: Sequence[str], width: int) -> list[str]:
    """Return two blocks as one where they fit beside each other."""
    known = [block for block in blocks if block]
    widths = [max(text_width(line) for line in block.split("\n")) for block in known]
    if len(known) < 2 or sum(widths) + len(GAP) > width:
        return known
    left, right = (block.split("\n") for block in known)
    lines = []
    for place in range(max(len(left), len(right))):
        first = left[place] if place < len(left) else ""
        second = right[place] if place < len(right) else ""
        lines.append(f"{first}{' ' * (widths[0] - text_width(first))}{GAP}{second}".rstrip())
    return ["\n".join(lines)]
