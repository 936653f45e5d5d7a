"""The sentences of a report, the same on a page and in a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from penstock.learn.report.model_report import Metric, ModelReport
from penstock.learn.report.residual import Residuals

Json = Any
_NAMES = {
    "selection_rate": "share predicted positive",
    "true_positive_rate": "true positive rate",
    "false_positive_rate": "false positive rate",
    "mean_error": "mean error (predicted minus actual)",
    "mean_absolute_error": "mean absolute error",
    "mean_squared_error": "mean squared error",
    "actual_rate": "share actually positive",
}
_OF_CLASSES, _OF_NUMBERS = ("roc_auc", "accuracy"), ("r2_score", "mean_absolute_error")


def number(value: float | None, digits: int = 4) -> str:
    """Return a number as people read it, a dash for none."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.{digits}g}"


def measure_name(name: str) -> str:
    """Return a measure in words."""
    return _NAMES.get(name, name.replace("_", " "))


def headline_metric(report: ModelReport) -> Metric | None:
    """Return the metric that the search looked for, where ML.EVALUATE has it, else the leading one."""
    known = {metric.name: metric for metric in report.metrics if metric.value is not None}
    searched = report.search["metric"] if report.search else None
    wanted = (searched, *(_OF_CLASSES if report.task == "classification" else _OF_NUMBERS))
    return next((known[name] for name in wanted if name in known), None)


def headline(report: ModelReport) -> str:
    """Return one sentence on how good the version is, and against what."""
    metric = headline_metric(report)
    if metric is None:
        return "Nothing could be measured."
    said = f"{metric.name} {number(metric.value)}"
    if metric.baseline is not None:
        said += f"; {report.baseline} would have {number(metric.baseline)}"
    return said + "."


def judged(report: ModelReport) -> str:
    """Return what the version learned from and what judged it."""
    held = f", {report.held_out_rows:,} held out" if report.held_out_rows else ""
    return f"{report.train_rows:,} rows trained on{held}. Judged on {report.judged_on}."


def size(count: int | None) -> str:
    """Return bytes as people read them."""
    if count is None:
        return "–"
    for unit, least in (("MB", 10**6), ("kB", 10**3)):
        if count >= least:
            return f"{count / least:.3g} {unit}"
    return f"{count} B"


def calibrated(report: ModelReport) -> str:
    """Return one sentence on whether probabilities mean what they say."""
    found = report.calibration
    if found is None:
        return ""
    apart = sum(1 for each in found.bins if not each.low <= each.predicted <= each.high)
    said = f"Probabilities {found.of} are off by {100 * found.error:.1f} % on average"
    # Of twenty true intervals one misses by chance.
    if apart <= max(1, len(found.bins) // 10):
        return f"{said}, which chance explains."
    return f"{said}; {apart} of {len(found.bins)} bins lie beyond what chance explains."


def spread(found: Residuals) -> str:
    """Return one sentence on how far numbers are off."""
    between = f"between {number(found.low)} and {number(found.high)}"
    return f"Four of five rows have an error (actual minus predicted) {between}."


def more_rows(report: ModelReport) -> str:
    """Return one sentence on how much more rows would give."""
    curve = report.learning_curve
    if not curve:
        return ""
    if curve.get("skipped"):
        return f"There is no learning curve: {curve['skipped']}."
    points = curve["points"]
    first, last = points[0], points[-1]
    judged = " by the rows of one fold" if curve["folds"] == 1 else ""
    said = f"{curve['metric']} of {curve['candidate']}{judged} went from {number(first['score'])} "
    said += f"with {first['rows']:,} rows to "
    said += f"{number(last['score'])} with {last['rows']:,}"
    gain, error = curve["doubling"], curve["error"]
    if gain <= (error or 0.0):
        return f"{said}; twice as many rows would give little or nothing more."
    sign = "+" if curve["more_is_better"] else "−"
    return f"{said}; twice as many rows would give about {sign}{number(gain, 2)} more, if it goes on so."


def searched(report: ModelReport) -> str:
    """Return how the search went, in one sentence; empty for a model without one."""
    if report.search is None:
        return ""
    used = sum(1 for each in report.leaderboard if each.weight)
    tried, skipped = len(report.leaderboard), len(report.skipped)
    engine = report.search.get("engine")
    by = f" by AutoGluon {engine['version']}" if engine else ""
    said = f"{tried} candidate{'' if tried == 1 else 's'} tried{by} in {report.search['seconds']:.0f} s"
    if skipped:
        said += f", {skipped} given up"
    return f"{said}; {used} in the ensemble.{_taken(report.search.get('used'))}"


def _taken(used: Mapping[str, Json] | None) -> str:
    """Return what a search took of the machine; nothing of a version that did not measure it."""
    if used is None:
        return ""
    memory = used["peak_memory_mb"]
    peak = "" if memory is None else f", and {memory:,.0f} MB of memory at its peak"
    threads = "1 thread" if used["threads"] == 1 else f"{used['threads']} threads"
    return f" It took {used['cpu_seconds']:,.0f} s of processors on {threads}{peak}."


def searched_baseline(report: ModelReport) -> float | None:
    """Return what one answer for every row scores by the metric that the search looked for."""
    wanted = report.search["metric"] if report.search else None
    return next((metric.baseline for metric in report.metrics if metric.name == wanted), None)


def bars(report: ModelReport) -> str:
    """Return where the bars of candidates begin, in one sentence."""
    baseline = searched_baseline(report)
    return "" if baseline is None else f"A bar begins at {number(baseline)}, which one answer for every row has."


def derived(report: ModelReport) -> str:
    """Return which sorts of derived columns were kept, in one sentence."""
    if not report.derived:
        return ""
    told = (
        f"{each['kind']} kept" if each["kept"] else f"{each['kind']} not ({each.get('skipped') or 'no gain'})"
        for each in sorted(report.derived, key=lambda each: not each["kept"])
    )
    return f"Columns made of others: {'; '.join(told)}."


def served(report: ModelReport) -> str:
    """Return in what form a search's model is served, and how long one row takes, in one sentence."""
    if report.serving is None:
        return ""
    forms = [each for each in report.serving["tried"] if each["form"] == report.serving["form"]]
    beyond = "" if report.serving["within_limits"] else ", which is beyond its limits"
    last = forms[-1]
    said = f"Served: {report.serving['form']}; one row takes {number(last['latency_ms'], 2)} ms{beyond}"
    if last is not report.serving["tried"][0] and report.search is not None and last.get("ensemble_score") is not None:
        said += f"; {report.search['metric']} {number(last['score'])}, {number(last['ensemble_score'])} of the ensemble"
    checked = report.serving.get("parity")
    if checked is not None:
        said += f"; on {checked['rows']} rows its graph is within {checked['difference']:.1g} of its members"
    return f"{said}."


def sliced(report: ModelReport) -> str:
    """Return what the look at slices found, in one sentence."""
    if report.slices is None:
        return ""
    sure = sum(1 for row in report.slices["worst"] if row["sure"])
    told = f"{report.slices['slices']} slices by single columns were looked at"
    if not sure:
        return f"{told}; in none is the model surely worse than elsewhere."
    capped = "at least " if sure == len(report.slices["worst"]) else ""
    return f"{told}; in {capped}{sure} the model errs more than elsewhere, sure at 5 % over all of them."


def loss_name(slices: Mapping[str, Json]) -> str:
    """Return what the loss of a slice is shown as: a squared error as its root, which has the label's own unit."""
    return "root mean squared error" if slices["loss"] == "mean_squared_error" else measure_name(slices["loss"])


def loss(slices: Mapping[str, Json], value: float) -> float:
    """Return a loss as `loss_name` says."""
    return float(value**0.5) if slices["loss"] == "mean_squared_error" else value


def gaps(group: Mapping[str, Json]) -> str:
    """Return the sure gaps between the groups of a column, or that there is none."""
    sure = [f"{measure_name(name)} {number(gap['gap'], 3)}" for name, gap in group["gaps"].items() if gap["sure"]]
    return ", ".join(sure) or "no sure gap"
