"""Every installed learner passes the public checks, and the checks see what is wrong with one that does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from typing import Any

import numpy as np
import pytest

from penstock.core.options import OptionSpec, OptionValue
from penstock.learn.boosted_trees import BoostedTreeClassifier, BoostedTreeRegressor
from penstock.learn.learner import Attributions, Explainer, FittedModel, Progress, TrainingData, WarmStart
from penstock.learn.registry import learners
from penstock.testing.learner_checks import learner_checks

SERIES = {
    "time_series_timestamp_col": "시각",
    "time_series_data_col": "가격",
    "time_series_id_col": ["도시"],
    "horizon": 3,
}
# Small and soon done.
NEURAL: Mapping[str, OptionValue] = {"hidden_units": [8], "batch_size": 128, "learn_rate": 0.02, "max_iterations": 2}
# Nothing that a stopwatch decides: time enough for all of it, and no limit on what an answer may take.
SEARCH: Mapping[str, OptionValue] = {
    "max_candidates": 1,
    "budget_seconds": 600,
    "optimize": "QUALITY",
    "derived_features": False,
}
NEEDED: Mapping[str, Mapping[str, OptionValue]] = {
    "arima_plus": SERIES,
    "arima": SERIES,
    "arima_plus_xreg": SERIES,
    "automl_forecaster": {**SERIES, "budget_seconds": 600},
    "automl_classifier": SEARCH,
    "automl_regressor": SEARCH,
    "pca": {"num_principal_components": 2},
    "dnn_classifier": NEURAL,
    "dnn_regressor": NEURAL,
    "dnn_linear_combined_classifier": NEURAL,
    "dnn_linear_combined_regressor": NEURAL,
    "autoencoder": {**NEURAL, "hidden_units": [4, 2, 4], "max_iterations": 1},
    "contribution_analysis": {
        "contribution_metric": "SUM(x) / SUM(가격)",
        "dimension_id_cols": ["도시"],
        "is_test_col": "flag",
        "min_apriori_support": 0,
    },
}
EVERY_CHECK = [
    check for learner in learners().values() for check in learner_checks(learner, NEEDED.get(learner.model_type))
]


@pytest.mark.parametrize("check", EVERY_CHECK, ids=str)
def test_every_learner_meets_every_demand(check):
    check()


class Wrapped:
    """A boosted regression that one test breaks in one place."""

    model_type = "broken"
    task = BoostedTreeRegressor.task
    summary = BoostedTreeRegressor.summary
    options: tuple[OptionSpec, ...] = BoostedTreeRegressor.options

    def fit(
        self,
        data: TrainingData,
        options: Mapping[str, OptionValue],
        progress: Progress,
        warm_start: WarmStart | None = None,
    ) -> FittedModel:
        return BoostedTreeRegressor().fit(data, options, progress, warm_start)

    def explainer(self, details: Mapping[str, Any], native: str | None, files: Mapping[str, bytes]) -> Explainer:
        return BoostedTreeRegressor().explainer(details, native, files)


class Undocumented(Wrapped):
    summary = "?"


class RefusesItsDefault(Wrapped):
    options = (*BoostedTreeRegressor.options, OptionSpec("knob", "integer", 0, "A knob to turn.", minimum=1))


class FitsOnHeldOutRows(Wrapped):
    def fit(self, data, options, progress, warm_start=None):
        return super().fit(replace(data, held_out=data.held_out & False), options, progress, warm_start)


class LearnsNothing(Wrapped):
    def fit(self, data, options, progress, warm_start=None):
        shuffled = np.random.default_rng(0).permutation(data.target)
        return super().fit(replace(data, target=shuffled), options, progress, warm_start)


class ChangesItsMind(Wrapped):
    draws = count()

    def fit(self, data, options, progress, warm_start=None):
        options = {**options, "subsample": 0.5}
        return super().fit(replace(data, seed=next(self.draws)), options, progress, warm_start)


class IgnoresWeights(Wrapped):
    def fit(self, data, options, progress, warm_start=None):
        return super().fit(replace(data, weights=None), options, progress, warm_start)


class SaysNothing(Wrapped):
    def fit(self, data, options, progress, warm_start=None):
        return super().fit(data, options, lambda *_: None, warm_start)


class RecordsNothing(Wrapped):
    def fit(self, data, options, progress, warm_start=None):
        return replace(super().fit(data, options, progress, warm_start), iterations=())


class KeepsArrays(Wrapped):
    def fit(self, data, options, progress, warm_start=None):
        return replace(super().fit(data, options, progress, warm_start), details={"loss": float("nan")})


class MiscodesRows(Wrapped):
    def fit(self, data, options, progress, warm_start=None):
        fitted = super().fit(data, options, progress, warm_start)
        codes = fitted.details["encoding"]
        return replace(fitted, details={**fitted.details, "encoding": codes[::-1]})


class HalfExplained(Wrapped):
    def explainer(self, details, native, files):
        whole = super().explainer(details, native, files)

        class Half:
            def attributions(self, columns, scores, *, approximate):
                why = whole.attributions(columns, scores, approximate=approximate)
                return Attributions(why.features, why.values / 2, why.baseline, why.prediction)

        return Half()


class GivesAFloatGraph(Wrapped):
    def fit(self, data, options, progress, warm_start=None):
        import onnx

        fitted = super().fit(data, options, progress, warm_start)
        model = onnx.load_from_string(fitted.graph)
        model.graph.output[0].name = "result"
        model.graph.node[-1].output[0] = "result"
        return replace(fitted, graph=model.SerializeToString())


class GivesOddsForProbabilities(Wrapped):
    task = BoostedTreeClassifier.task

    def fit(self, data, options, progress, warm_start=None):
        import onnx

        fitted = BoostedTreeClassifier().fit(data, options, progress, warm_start)
        model = onnx.load_from_string(fitted.graph)
        last = model.graph.node[-1]
        last.op_type = "Log"
        return replace(fitted, graph=model.SerializeToString())

    def explainer(self, details, native, files):
        return BoostedTreeClassifier().explainer(details, native, files)


BROKEN = {
    "is described": Undocumented,
    "has defaults that it accepts": RefusesItsDefault,
    "gives a plain graph": GivesAFloatGraph,
    "scores every row": GivesOddsForProbabilities,
    "learns": LearnsNothing,
    "repeats itself": ChangesItsMind,
    "leaves held-out rows alone": FitsOnHeldOutRows,
    "codes rows as its graph does": MiscodesRows,
    "heeds weights": IgnoresWeights,
    "tells its progress": SaysNothing,
    "records iterations": RecordsNothing,
    "keeps details as JSON": KeepsArrays,
    "explains additively": HalfExplained,
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_check_sees_what_is_broken(name):
    (check,) = [check for check in learner_checks(BROKEN[name]()) if check.name == name]
    with pytest.raises((AssertionError, ValueError)):
        check()
