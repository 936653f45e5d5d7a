"""AutoGluon: a preset (`best_quality`, or the variant's name), its models held in memory as it serves them.

`PRESET+local` fits folds one after the other in this process and does not try out stacking first. Both start Ray
otherwise, which takes much of a small budget on two cores.
"""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
from autogluon.tabular import TabularPredictor

from benchmarks.automl_peers.trial import Fitted, Numbers, Trial, ordered, take

METRICS = {"rmse": "root_mean_squared_error", "mae": "mean_absolute_error"}


def fit(trial: Trial) -> Fitted:
    predictor = TabularPredictor(
        trial.label,
        problem_type=trial.task,
        eval_metric=METRICS.get(trial.metric, trial.metric),
        path=str(trial.folder / "predictor"),
        verbosity=2,
    )
    preset, _, local = (trial.variant or "best_quality").partition("+")
    alone = {"dynamic_stacking": False, "ag_args_ensemble": {"fold_fitting_strategy": "sequential_local"}}
    predictor.fit(
        trial.train.to_pandas(),
        presets=preset,
        time_limit=trial.budget,
        num_cpus=trial.cores,
        num_gpus=0,
        **(alone if local else {}),
    )

    def predict(frame: pd.DataFrame) -> Numbers:
        if trial.task == "regression":
            return predictor.predict(frame).to_numpy()
        told = predictor.predict_proba(frame)
        return ordered(told.to_numpy(), list(told.columns), trial.classes)

    def shape(table: pa.Table) -> pd.DataFrame:
        return table.to_pandas()

    what = f"{preset}: {predictor.model_best} of {len(predictor.model_names())} models"
    return Fitted(shape, predict, predictor.disk_usage(), what, ready=predictor.persist)


if __name__ == "__main__":
    take(fit, "autogluon.tabular")
