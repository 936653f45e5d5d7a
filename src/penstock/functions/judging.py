"""Labels beside scores: of a call's data, or of the rows that judged the model when it was trained."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from penstock.core.errors import BadData
from penstock.functions.function import Call
from penstock.functions.label import UNSEEN_LABEL, class_labels, label_codes, label_column, label_values
from penstock.functions.scoring import check_inputs, scored

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class JudgedBatch:
    """Labels of any type, none of them NULL, and the scores of the same rows: (n,) numbers or (n, k)
    probabilities.
    """

    labels: pa.Array
    scores: Floats


@dataclass(frozen=True)
class Judgement:
    """All judged rows: `target` is float64, the label's value or the index of its class."""

    target: Floats
    scores: Floats


def judged(call: Call) -> Iterator[JudgedBatch]:
    """Yield labels and scores; with data its rows, without NULL labels, which are counted in a notice."""
    if call.input is None:
        yield _recorded(call)
        return
    schema = call.rows.schema
    label = schema.names[label_column(schema, call.fitted.manifest, call.name, call.span)]
    without = 0
    for batch in scored(call, [label]):
        labels = batch.columns.column(0)
        present = pc.is_valid(labels)
        count = pc.sum(present, min_count=0).as_py()
        without += len(labels) - count
        if count == len(labels):
            yield JudgedBatch(labels, batch.scores)
        elif count:
            yield JudgedBatch(labels.filter(present), batch.scores[present.to_numpy(zero_copy_only=False)])
    if without:
        rows = "1 row has" if without == 1 else f"{without:,} rows have"
        call.environment.notice(f"{call.name}: {rows} no {label} and were left out.")


def judgement(call: Call) -> Judgement:
    """Return the targets and scores of all judged rows, held whole: 16 bytes a row for regression.

    Raises BadData for labels that are none of the model's classes, NaN or infinite.
    """
    manifest = call.fitted.manifest
    targets, scores = [np.empty(0)], [_no_scores(call)]
    for batch in judged(call):
        targets.append(_target(call, batch.labels))
        scores.append(batch.scores)
    found = Judgement(np.concatenate(targets), np.concatenate(scores))
    if not len(found.target):
        call.environment.notice(f"{call.name}: there is no row with a {manifest.label} to judge by.")
    return found


def check_judging(call: Call) -> None:
    """Raise UnknownName or BadData for data that cannot judge: without the label or an input, or of wrong
    types.
    """
    if call.input is None:
        return
    check_inputs(call)
    manifest, schema = call.fitted.manifest, call.rows.schema
    at = label_column(schema, manifest, call.name, call.span)
    label_values(pa.nulls(0, schema.field(at).type), manifest, call.span)


def _recorded(call: Call) -> JudgedBatch:
    """Return what the training kept of the rows that judged the model."""
    kept = call.fitted.evaluation()
    if call.fitted.manifest.task.predicts_number:
        return JudgedBatch(
            kept["label"].combine_chunks(), kept["score"].combine_chunks().to_numpy(zero_copy_only=False)
        )
    probabilities = kept["probabilities"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
    return JudgedBatch(kept["label"].combine_chunks(), probabilities.reshape(kept.num_rows, -1))


def _no_scores(call: Call) -> Floats:
    classes = len(call.fitted.manifest.classes)
    return np.empty((0, classes) if classes else 0)


def _target(call: Call, labels: pa.Array) -> Floats:
    manifest = call.fitted.manifest
    values = label_values(labels, manifest, call.span)
    if manifest.task.predicts_number:
        target: Floats = values.to_numpy(zero_copy_only=False)
        wrong = ~np.isfinite(target)
        problem, hint = "NaN or infinite", f"Leave them out with WHERE isfinite({manifest.label})."
    else:
        codes = label_codes(values, class_labels(manifest))
        target = codes.astype(np.float64)
        wrong = codes == UNSEEN_LABEL
        problem = "none of the model's classes"
        hint = "Leave those rows out, or train the model on them too; ML.CONFUSION_MATRIX counts them."
    if wrong.any():
        first = int(np.argmax(wrong))
        count = int(wrong.sum())
        rows = f"{count:,} row{'s' if count > 1 else ''}"
        raise BadData.of(
            f"{call.name} cannot judge by {rows}: {manifest.label} {labels[first].as_py()!r} is {problem}.",
            span=call.span,
            hint=hint,
        )
    return target
