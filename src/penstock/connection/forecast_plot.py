"""Plots of a forecaster's report: errors and intervals by steps ahead, and what comes after what was."""

from __future__ import annotations

from collections.abc import Sequence

from penstock.connection.svg_plot import across, dot, frame, line, roomy, short, svg, upwards
from penstock.learn.report.forecast_report import BASELINE, LEVELS, Plotted, StepError

Point = tuple[float, float]
_MOST_DOTS = 16
_TIMES = 3
"""So many times stand below a plot."""


def step_plot(steps: Sequence[StepError], metric: str) -> str:
    """Return the error by steps ahead, and dashed that of the last cycle again."""
    scores = [each.score for each in steps if each.score is not None]
    others = [each.baseline for each in steps if each.baseline is not None]
    x, y = across(*_ends(steps)), upwards(0.0, roomy(0.0, max([*scores, *others]))[1])
    parts = [frame(x, y, "steps ahead", metric, *_places(steps))]
    parts.append(line([(x.at(s.step), y.at(s.baseline)) for s in steps if s.baseline is not None], "line other"))
    parts.append(line([(x.at(s.step), y.at(s.score)) for s in steps if s.score is not None]))
    for each in _few(steps):
        if each.score is not None:
            beside = "" if each.baseline is None else f"; {BASELINE} {each.baseline:.4g}"
            told = f"{each.step:,} ahead: {metric} {each.score:.4g}{beside}"
            parts.append(dot(x.at(each.step), y.at(each.score), told))
    return svg(parts, "Errors by steps ahead")


def held_plot(steps: Sequence[StepError]) -> str:
    """Return the share of values within the intervals by steps ahead, and dashed what it should be."""
    x, y = across(*_ends(steps)), upwards(0.0, 1.0)
    parts = [frame(x, y, "steps ahead", "share of values within", *_places(steps))]
    for place, level in enumerate(LEVELS):
        parts.append(
            f'<line class="guide" x1="{x.at(x.low)}" y1="{y.at(level)}" x2="{x.at(x.high)}" y2="{y.at(level)}"/>'
        )
        shares = [(each, each.held[place]) for each in steps]
        parts.append(line([(x.at(each.step), y.at(share)) for each, share in shares if share is not None]))
        for each, share in ((each, each.held[place]) for each in _few(steps)):
            if share is not None:
                told = f"{each.step:,} ahead: {share:.1%} within the interval of {level:.0%}"
                parts.append(dot(x.at(each.step), y.at(share), told))
    return svg(parts, "Values within their intervals by steps ahead")


def outlook_plot(found: Plotted, label: str) -> str:
    """Return the newest past of a series, its forecast, and the intervals around it."""
    times = [*found.past_times, *found.times]
    seen = [value for value in found.past if value is not None]
    x = across(0, max(len(times) - 1, 1))
    y = upwards(*roomy(min([*seen, *found.low[-1]]), max([*seen, *found.high[-1]])))
    first = len(found.past_times)
    parts = [frame(x, y, "", label, *_moments(times))]
    for low, high in zip(reversed(found.low), reversed(found.high), strict=True):
        outline = [(x.at(first + step), y.at(value)) for step, value in enumerate(high)]
        outline += [(x.at(first + step), y.at(value)) for step, value in reversed(list(enumerate(low)))]
        shape = " ".join(f"{left},{top}" for left, top in outline)
        parts.append(f'<polygon class="band" points="{shape}"/>')
    parts += [line([(x.at(at), y.at(value)) for at, value in run], "line past") for run in _runs(found.past)]
    ahead = [(x.at(first + step), y.at(value)) for step, value in enumerate(found.forecast)]
    known = [(place, value) for place, value in enumerate(found.past) if value is not None]
    if known:
        parts.append(line([(x.at(known[-1][0]), y.at(known[-1][1])), ahead[0]], "line other"))
    parts.append(line(ahead))
    parts += [
        dot(*place, f"{_date(moment)}: {short(value)}")
        for place, moment, value in zip(ahead, found.times, found.forecast, strict=True)
        if len(ahead) <= _MOST_DOTS
    ]
    told = f"{label} of {found.series}" if found.series else label
    return svg(parts, f"The forecast of {told}")


def _ends(steps: Sequence[StepError]) -> Point:
    last = steps[-1].step
    return (1.0, float(last)) if last > 1 else (0.5, 1.5)


def _places(steps: Sequence[StepError]) -> tuple[list[float], list[str]]:
    """Return about five steps to be named, the first and the last among them."""
    last = steps[-1].step
    stride = max(1, round(last / 5))
    named = sorted({1, *range(stride, last - stride // 2, stride), last})
    return [float(step) for step in named], [f"{step:,}" for step in named]


def _few(steps: Sequence[StepError]) -> Sequence[StepError]:
    """Return all steps, or evenly some of many: dots would hide the line."""
    return steps[:: -(-len(steps) // _MOST_DOTS)]


def _runs(past: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    """Return the known values with their places, in runs without a gap."""
    runs: list[list[tuple[int, float]]] = [[]]
    for place, value in enumerate(past):
        if value is not None:
            runs[-1].append((place, value))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _moments(times: Sequence[str]) -> tuple[list[float], list[str]]:
    """Return the places of a few times, with words as short as tell them apart."""
    last = len(times) - 1
    places = sorted({round(last * (part + 0.5) / _TIMES) for part in range(_TIMES)})
    return [float(place) for place in places], [_date(times[place]) for place in places]


def _date(moment: str) -> str:
    """Return the date of a moment, with the hour where it is not midnight."""
    day, clock = moment[:10], moment[11:16]
    return day if clock in ("", "00:00") else f"{day} {clock}"
