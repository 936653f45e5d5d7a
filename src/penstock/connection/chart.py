"""A backtest drawn: lines in a terminal, or a PNG."""

from __future__ import annotations

import sysconfig
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from penstock.core.errors import InvalidOption, StorageFailure
from penstock.engine.backtest import POLICIES, BacktestResult

HEIGHT = 12
WIDTH = 72
MARKS = {"policy": "●", "never": "·", "always": "+"}
LABELS = {"policy": "the policy", "never": "never retrained", "always": "retrained at every step"}
# Okabe and Ito's colours, which people with colour blindness can tell apart.
COLOURS = {"policy": "#0072B2", "never": "#D55E00", "always": "#999999"}

# The drawing library's own font has no Hangul; this package carries one that has.
KOREAN_FONT = Path(sysconfig.get_path("purelib"), "koreanize_matplotlib", "fonts", "NanumGothic.ttf")


def text_chart(result: BacktestResult) -> str:
    """Return the metric over time as text, one mark a way of retraining; the policy is drawn over the others."""
    series = {name: _resampled(result.steps.column(name).to_pylist(), WIDTH) for name in POLICIES}
    values = [value for points in series.values() for value in points if value is not None]
    if not values:
        return "There is nothing to draw: no step had labelled rows."
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    grid = [[" "] * WIDTH for _ in range(HEIGHT)]
    for name in ("always", "never", "policy"):
        for place, value in enumerate(series[name]):
            if value is not None:
                row = round((high - value) / span * (HEIGHT - 1))
                grid[row][place] = MARKS[name]
    labels = [f"{high - span * row / (HEIGHT - 1):>10.4g}" for row in range(HEIGHT)]
    lines = [f"{label} ┤{''.join(cells).rstrip()}" for label, cells in zip(labels, grid, strict=True)]
    moments = result.steps.column("at").to_pylist()
    axis = f"{moments[0]:%Y-%m-%d}".ljust(WIDTH - 10) + f"{moments[-1]:%Y-%m-%d}"
    legend = "   ".join(f"{MARKS[name]} {LABELS[name]}" for name in POLICIES)
    return "\n".join([result.metric, *lines, f"{'':>10} └{'─' * WIDTH}", f"{'':>12}{axis}", f"{'':>12}{legend}"])


def _resampled(values: Sequence[float | None], width: int) -> list[float | None]:
    """Return `width` values: the mean of those that fall together, each repeated where there are fewer."""
    if not values:
        return []
    sampled: list[float | None] = []
    for place in range(width):
        first = place * len(values) // width
        past = max((place + 1) * len(values) // width, first + 1)
        known = [value for value in values[first:past] if value is not None]
        sampled.append(sum(known) / len(known) if known else None)
    return sampled


def draw_chart(result: BacktestResult, target: Path | IO[bytes]) -> None:
    """Write the metric over time as a picture, the retrainings marked: a PNG, or what the file's ending says.

    Raises InvalidOption for an ending of no kind of picture, StorageFailure when the file cannot be written.
    """
    # Not through pyplot, which would take a notebook's own drawings over.
    from matplotlib import font_manager, rc_context
    from matplotlib.figure import Figure

    fonts = ["DejaVu Sans"]
    if KOREAN_FONT.is_file():
        font_manager.fontManager.addfont(KOREAN_FONT)
        fonts.append(font_manager.FontProperties(fname=KOREAN_FONT).get_name())
    with rc_context({"font.family": fonts, "savefig.format": "png"}):
        figure = Figure(figsize=(10, 4.5), layout="constrained")
        known = figure.canvas.get_supported_filetypes()
        if isinstance(target, Path) and target.suffix and target.suffix[1:].lower() not in known:
            raise InvalidOption.of(f"{target} is no picture by its name.", hint="End it in .png, .svg or .pdf.")
        _draw(figure.subplots(), result)
        try:
            figure.savefig(target, dpi=150)
        except OSError as problem:
            raise StorageFailure.of(f"{target} cannot be written: {problem.strerror or problem}.") from problem


def _draw(axes: Any, result: BacktestResult) -> None:
    moments = result.steps.column("at").to_pylist()
    for name in ("always", "never", "policy"):
        overall = result.overall[name]
        count = result.trainings[name]
        trainings = f"{count} training{'' if count == 1 else 's'}"
        label = f"{LABELS[name]}: {overall:.4g}, {trainings}" if overall is not None else name
        axes.plot(moments, result.steps.column(name).to_pylist(), color=COLOURS[name], label=label, linewidth=1.6)
    for retraining in result.retrainings:
        style = "-" if retraining.accepted else ":"
        axes.axvline(retraining.at, color=COLOURS["policy"], alpha=0.25, linestyle=style)
    axes.set_ylabel(result.metric.replace("_", " "))
    better = "lower" if result.lower_is_better else "higher"
    axes.set_title(f"Endpoint {result.endpoint} replayed ({better} is better; vertical lines are retrainings)")
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
