"""The report of a version: what its artifact says of it, read without the graph being loaded."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from penstock.catalog.versions import get_version
from penstock.core.errors import CorruptArtifact, StorageFailure
from penstock.engine.artifact import MANIFEST
from penstock.engine.result import Result, of_records
from penstock.engine.session import Session
from penstock.learn.artifact import artifact_hash
from penstock.learn.manifest import read_manifest
from penstock.learn.report.forecast_report import ForecastReport, forecast_report_of
from penstock.learn.report.model_report import ModelReport, report_of
from penstock.learn.schema import Task


def report(session: Session, model: str, version: str | int | None = None) -> ModelReport | ForecastReport:
    """Return the report of a model's version: a number, an alias, or None for the champion.

    Raises UnknownName for a model or version that does not exist, InvalidOption for a model that predicts no label
    and was not tried on its own past, CorruptArtifact and StorageFailure.
    """
    found = get_version(
        session.catalog, model, int(version) if isinstance(version, str) and version.isdigit() else version
    )
    try:
        files = session.storage.read(found.artifact)
        if artifact_hash(files) != found.artifact_hash or MANIFEST not in files:
            raise CorruptArtifact.of("Its bytes are not the ones that were recorded.", hint="Train it again.")
        manifest = read_manifest(files[MANIFEST].decode())
    except (CorruptArtifact, StorageFailure) as problem:
        raise problem.about(f"Version {found.number} of model {found.model}") from problem
    made = forecast_report_of if manifest.task is Task.FORECASTING else report_of
    return made(found.model, found.number, found.created_at, manifest, files)


COLUMNS = [
    ("part", pa.string()),
    ("item", pa.string()),
    ("measure", pa.string()),
    ("value", pa.float64()),
    ("words", pa.string()),
]
Row = tuple[str, str, str, float | None, str | None]


def show_report(session: Session, model: str) -> Result:
    """Return the report of a model's champion as rows: a number or a sentence each."""
    found = report(session, model)
    return of_records(COLUMNS, list(_of_forecasts(found) if isinstance(found, ForecastReport) else _rows(found)))


def _rows(found: ModelReport) -> Iterator[Row]:
    for metric in found.metrics:
        yield "metric", metric.name, "value", metric.value, None
        yield "metric", metric.name, "baseline", metric.baseline, found.baseline
    for tried in found.leaderboard:
        numbers = {
            "score": tried.score,
            "weight": tried.weight,
            "fit_seconds": tried.fit_seconds,
            "score_ms": tried.score_ms,
            "size_bytes": tried.size_bytes,
        }
        yield from (("candidate", tried.name, measure, value, tried.family) for measure, value in numbers.items())
    yield from (("given up", left.name, "", None, left.reason) for left in found.skipped)
    for finding in found.findings:
        words = f"{finding['message']} {finding['done']}"
        yield "finding", ", ".join(finding["columns"]), finding["kind"], None, words
    yield from _of_forms(found)
    curve = found.learning_curve or {}
    for point in curve.get("points", ()):
        yield "learning curve", f"{point['rows']} rows", curve["metric"], point["score"], None
    for row in found.importance:
        yield "importance", row["feature"], "attribution", row["attribution"], None
    yield from _of_errors(found)
    yield from _of_slices(found)
    yield from (("note", "", "", None, note) for note in found.notes)


def _of_forms(found: ModelReport) -> Iterator[Row]:
    for form in (found.serving or {"tried": ()})["tried"]:
        for measure in ("score", "ensemble_score", "latency_ms", "size_bytes"):
            yield "form", form["form"], measure, form.get(measure), "served" if form.get("served") else None
    for made in found.derived:
        yield (
            "derived",
            made["kind"],
            "gain",
            made.get("gain"),
            "kept" if made["kept"] else made.get("skipped") or "no gain",
        )


def _of_errors(found: ModelReport) -> Iterator[Row]:
    if found.calibration is not None:
        yield "calibration", "all", "error", found.calibration.error, f"probabilities {found.calibration.of}"
        for number, held in enumerate(found.calibration.bins, 1):
            numbers = {"rows": held.rows, "predicted": held.predicted, "actual": held.actual}
            numbers |= {"low": held.low, "high": held.high}
            yield from (("calibration", f"bin {number}", measure, value, None) for measure, value in numbers.items())
    if found.confusion is not None:
        for actual, counts in zip(found.confusion.classes, found.confusion.counts, strict=False):
            for predicted, rows in zip(found.confusion.classes, counts, strict=True):
                yield "confusion", f"{actual} taken for {predicted}", "rows", rows, None
    if found.residuals is not None:
        yield "residuals", "a tenth below", "error", found.residuals.low, "actual minus predicted"
        yield "residuals", "a tenth above", "error", found.residuals.high, "actual minus predicted"


def _of_slices(found: ModelReport) -> Iterator[Row]:
    slices = found.slices or {"worst": (), "groups": ()}
    for row in slices["worst"]:
        item, sure = f"{row['column']}: {row['slice']}", "sure" if row["sure"] else "may be chance"
        numbers = {slices["loss"]: row["loss"], "elsewhere": row["rest"], "baseline": row["baseline"]}
        yield from (
            ("slice", item, measure, value, sure) for measure, value in {**numbers, "rows": row["rows"]}.items()
        )
    for group in slices["groups"]:
        for measure, gap in group["gaps"].items():
            yield "gap", group["column"], measure, gap["gap"], "sure" if gap["sure"] else "may be chance"


def _of_forecasts(found: ForecastReport) -> Iterator[Row]:
    for metric in found.metrics:
        yield "metric", metric.name, "value", metric.value, None
        yield "metric", metric.name, "baseline", metric.baseline, found.baseline
    for method in found.leaderboard:
        numbers = {"score": method.score, "weight": method.weight, "fit_seconds": method.fit_seconds}
        numbers |= {f"score_{place}": score for place, score in enumerate(method.origins, 1)}
        yield from (("method", method.name, measure, value, None) for measure, value in numbers.items())
    yield from (("left out", left.name, "", None, left.reason) for left in found.skipped)
    for each in found.steps:
        item = f"{each.step} ahead"
        yield "step", item, "score", each.score, None
        yield "step", item, "baseline", each.baseline, found.baseline
    for held in found.held:
        yield "interval", f"{held.level:.0%}", "held", held.share, None
    for side, rows in (("best", found.best), ("worst", found.worst)):
        for row in rows:
            yield side, row.series, "score", row.score, row.method
            yield side, row.series, "baseline", row.baseline, found.baseline
    yield from (("note", "", "", None, note) for note in found.notes)
