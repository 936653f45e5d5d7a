"""Plots as SVG that stands within a page: no script, no font, no file beside it. Colours are the page's own."""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from penstock.learn.report.reliability import Calibration
from penstock.learn.report.residual import Residuals

WIDTH, HEIGHT = 400, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 18, 12, 40
_TICKS = 5


@dataclass(frozen=True)
class Axis:
    """From numbers to places: `low` stands at `start`, `high` at `end`; `by` is the identity or a logarithm."""

    low: float
    high: float
    start: float
    end: float
    by: Callable[[float], float] = float

    def at(self, value: float) -> float:
        """Return the place of a number, in the plot's own units."""
        low, high = self.by(self.low), self.by(self.high)
        share = (self.by(value) - low) / ((high - low) or 1.0)
        return round(self.start + share * (self.end - self.start), 1)

    def ticks(self) -> list[float]:
        """Return round numbers within the axis, about five."""
        span = self.high - self.low
        if span <= 0 or not math.isfinite(span):
            return [self.low]
        raw = span / _TICKS
        power = 10.0 ** math.floor(math.log10(raw))
        step = next(step for step in (1, 2, 2.5, 5, 10) if step * power >= raw * 0.999) * power
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [round(number * step, 12) for number in range(first, last + 1)]


def across(low: float, high: float, by: Callable[[float], float] = float) -> Axis:
    """Return the axis from left to right."""
    return Axis(low, high, _LEFT, WIDTH - _RIGHT, by)


def upwards(low: float, high: float) -> Axis:
    """Return the axis from below."""
    return Axis(low, high, HEIGHT - _BOTTOM, _TOP)


def short(value: float) -> str:
    """Return a number as it stands at an axis: 1,200,000 is 1.2M."""
    if abs(value) >= 1_000 and abs(value) < 10_000:
        return f"{value:,.0f}"
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.4g}{letter}"
    return f"{value:.4g}"


def calibration_plot(found: Calibration) -> str:
    """Return what was said (across) beside what came (upwards), each bin with its 95 % interval, and the diagonal."""
    x, y = across(0, 1), upwards(0, 1)
    parts = [
        frame(x, y, f"probability {found.of}", "share that came true"),
        f'<line class="guide" x1="{x.at(0)}" y1="{y.at(0)}" x2="{x.at(1)}" y2="{y.at(1)}"/>',
        line([(x.at(each.predicted), y.at(each.actual)) for each in found.bins]),
    ]
    for each in found.bins:
        place = x.at(each.predicted)
        told = f"{each.rows:,} rows: said {each.predicted:.1%}, came {each.actual:.1%} "
        told += f"(95 %: {each.low:.1%} to {each.high:.1%})"
        parts.append(f'<line class="whisker" x1="{place}" y1="{y.at(each.low)}" x2="{place}" y2="{y.at(each.high)}"/>')
        parts.append(dot(place, y.at(each.actual), told))
    return svg(parts, "Reliability diagram")


def curve_plot(rows: Sequence[int], scores: Sequence[float], metric: str) -> str:
    """Return the score by rows of training, on an axis where each doubling is as long."""
    x = across(min(rows), max(rows), math.log)
    y = upwards(*roomy(min(scores), max(scores)))
    points = [(x.at(number), y.at(score)) for number, score in zip(rows, scores, strict=True)]
    parts = [frame(x, y, "rows of training", metric, at=[float(number) for number in rows]), line(points)]
    for (across_at, up_at), number, score in zip(points, rows, scores, strict=True):
        parts.append(dot(across_at, up_at, f"{number:,} rows: {metric} {score:.5g}"))
    return svg(parts, "Learning curve")


def histogram_plot(found: Residuals) -> str:
    """Return how many rows have which error."""
    x = across(found.bars[0].low, found.bars[-1].high)
    y = upwards(0, max(bar.rows for bar in found.bars) or 1)
    parts = [frame(x, y, "actual minus predicted", "rows")]
    for bar in found.bars:
        left, top = x.at(bar.low), y.at(bar.rows)
        width, height = round(max(x.at(bar.high) - left - 1, 0.5), 1), round(y.at(0) - top, 1)
        told = f"{short(bar.low)} to {short(bar.high)}: {bar.rows:,} rows"
        shape = f'<rect class="bar" x="{left}" y="{top}" width="{width}" height="{height}">'
        parts.append(f"{shape}<title>{html.escape(told)}</title></rect>")
    if x.low < 0 < x.high:
        parts.append(f'<line class="guide" x1="{x.at(0)}" y1="{y.at(0)}" x2="{x.at(0)}" y2="{_TOP}"/>')
    return svg(parts, "Errors")


def band_plot(found: Residuals) -> str:
    """Return the middle error and where four fifths of errors lie, by what was predicted."""
    bands = found.bands
    x = across(*roomy(bands[0].predicted, bands[-1].predicted, 0.02))
    y = upwards(*roomy(min(0.0, *(each.low for each in bands)), max(0.0, *(each.high for each in bands))))
    outline = [(x.at(each.predicted), y.at(each.high)) for each in bands]
    outline += [(x.at(each.predicted), y.at(each.low)) for each in reversed(bands)]
    shape = " ".join(f"{left},{top}" for left, top in outline)
    parts = [
        frame(x, y, "predicted", "actual minus predicted"),
        f'<polygon class="band" points="{shape}"/>',
        f'<line class="guide" x1="{_LEFT}" y1="{y.at(0)}" x2="{WIDTH - _RIGHT}" y2="{y.at(0)}"/>',
        line([(x.at(each.predicted), y.at(each.middle)) for each in bands]),
    ]
    for each in bands:
        told = f"about {short(each.predicted)} predicted, {each.rows:,} rows: middle error {short(each.middle)}, "
        told += f"four fifths between {short(each.low)} and {short(each.high)}"
        parts.append(dot(x.at(each.predicted), y.at(each.middle), told))
    return svg(parts, "Errors by what was predicted")


def roomy(low: float, high: float, share: float = 0.08) -> tuple[float, float]:
    """Return an axis' ends with room beyond the numbers."""
    room = (high - low) * share or abs(high) * share or 1.0
    return low - room, high + room


def frame(
    x: Axis, y: Axis, below: str, beside: str, at: Sequence[float] | None = None, words: Sequence[str] = ()
) -> str:
    """Return grid, numbers and names of the axes; `at` are the numbers told below, or `words` for them."""
    floor, middle = HEIGHT - _BOTTOM, (_TOP + HEIGHT - _BOTTOM) / 2
    parts = []
    for tick in y.ticks():
        height = y.at(tick)
        parts.append(f'<line class="grid" x1="{_LEFT}" y1="{height}" x2="{WIDTH - _RIGHT}" y2="{height}"/>')
        parts.append(f'<text class="tick" x="{_LEFT - 6}" y="{height + 4}" text-anchor="end">{short(tick)}</text>')
    places = x.ticks() if at is None else at
    for place, told in zip(places, words or [short(place) for place in places], strict=True):
        middled = f'x="{x.at(place)}" y="{floor + 16}" text-anchor="middle"'
        parts.append(f'<text class="tick" {middled}>{html.escape(told)}</text>')
    centre = (_LEFT + WIDTH - _RIGHT) / 2
    parts.append(f'<text class="name" x="{centre}" y="{HEIGHT - 5}" text-anchor="middle">{html.escape(below)}</text>')
    turned = f'transform="rotate(-90 12 {middle})" x="12" y="{middle}"'
    parts.append(f'<text class="name" {turned} text-anchor="middle">{html.escape(beside)}</text>')
    return "".join(parts)


def line(points: Sequence[tuple[float, float]], kind: str = "line") -> str:
    """Return a line through places, drawn as the page's style has its kind."""
    return f'<polyline class="{kind}" points="{" ".join(f"{x},{y}" for x, y in points)}"/>'


def dot(x: float, y: float, told: str) -> str:
    """Return a dot that says what it is when it is pointed at."""
    return f'<circle class="dot" cx="{x}" cy="{y}" r="3.5"><title>{html.escape(told)}</title></circle>'


def svg(parts: Sequence[str], called: str) -> str:
    """Return the plot, called so for those who do not see it."""
    body = "".join(parts)
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{html.escape(called)}">{body}</svg>'
