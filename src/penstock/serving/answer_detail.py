"""What a caller may ask to know beside a prediction: what of the row made it, and how far off it may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from penstock.learn.schema import Task
from penstock.serving.row import InvalidRows, RowFinding
from penstock.serving.scoring import ServedModel

Json = Any
# Attributions of more rows take long.
MOST_EXPLAINED = 1_000


@dataclass(frozen=True)
class Detail:
    """`explain` are how many columns' attributions are told, 0 for none, None for all; `level` the share of outcomes
    that the interval or the set of classes holds.
    """

    explain: int | None = 0
    level: float | None = None

    @property
    def asked(self) -> bool:
        return self.explain != 0 or self.level is not None


def read_detail(explain: Json, interval: Json) -> Detail:
    """Return what a request asks: `explain` is true or a number of columns, `interval` a level such as 0.9.

    Raises InvalidRows for anything else.
    """
    whole = isinstance(explain, int) and not isinstance(explain, bool)
    if not (explain is None or isinstance(explain, bool) or (whole and explain >= 1)):
        raise _refused(f"explain must be true or the number of columns to tell, from 1, not {explain!r}.")
    share = isinstance(interval, float | int) and not isinstance(interval, bool)
    if not (interval is None or (share and 0 < interval < 1)):
        raise _refused(f"interval must be a level between 0 and 1, such as 0.9, not {interval!r}.")
    return Detail(None if explain is True else int(explain or 0), None if interval is None else float(interval))


def with_detail(
    model: ServedModel, rows: Sequence[Mapping[str, Json]], predictions: Sequence[Mapping[str, Json]], detail: Detail
) -> list[dict[str, Json]]:
    """Return the predictions with what is asked beside them.

    `explanation` has the `base` and the `attributions` by column, the greatest first, which add up to the raw score: of
    classes that is the logit of the predicted one. `interval` has `lower` and `upper`; of classes `set` names those
    that are plausible. Raises InvalidRows for a model that has none, or for a level that too few rows were judged for.
    """
    told = [dict(prediction) for prediction in predictions]
    if detail.level is not None:
        _add_intervals(model, told, detail.level)
    if detail.explain != 0:
        _add_explanations(model, rows, told, detail.explain)
    return told


def _add_explanations(
    model: ServedModel, rows: Sequence[Mapping[str, Json]], told: Sequence[dict[str, Json]], most: int | None
) -> None:
    if len(rows) > MOST_EXPLAINED:
        raise _refused(f"At most {MOST_EXPLAINED:,} rows are explained in one request, not {len(rows):,}.")
    found = model.explain(rows)
    if found is None:
        raise _refused(f"A {model.manifest.model_type} model has no attributions to tell.")
    for place, prediction in enumerate(told):
        values = found.values[place]
        order = np.argsort(-np.abs(values), kind="stable")[:most]
        prediction["explanation"] = {
            "base": float(found.baseline[place]),
            "attributions": {found.features[at]: float(values[at]) for at in order.tolist()},
        }


def _add_intervals(model: ServedModel, told: Sequence[dict[str, Json]], level: float) -> None:
    conformity = model.conformity
    if conformity is None:
        raise _refused(
            f"Version {model.version} of {model.model} was judged by none but the rows that it was fitted on, or has "
            "no label: how far off its answers are is not known.",
            "Train it with a data_split_method.",
        )
    bound = conformity.bound(level)
    if bound is None:
        judged, least = len(conformity.strangeness), conformity.least_rows(level)
        raise _refused(
            f"An interval of {level:g} needs {least:,} rows that judged the model; {judged:,} did.",
            "Ask for a lower level.",
        )
    for prediction in told:
        if model.manifest.task is Task.CLASSIFICATION:
            prediction["interval"] = {"level": level, "set": _plausible(prediction, model, bound)}
        elif prediction["prediction"] is not None:
            value = prediction["prediction"]
            prediction["interval"] = {"level": level, "lower": value - bound, "upper": value + bound}


def _plausible(prediction: Mapping[str, Json], model: ServedModel, bound: float) -> list[Json]:
    """Return the classes that are likely enough, the predicted one always."""
    pairs = zip(model.manifest.classes, prediction["probabilities"].values(), strict=True)
    return [each for each, share in pairs if 1.0 - share <= bound or each == prediction["prediction"]]


def _refused(message: str, hint: str | None = None) -> InvalidRows:
    return InvalidRows(replace(RowFinding(InvalidRows.code, message), hint=hint))
