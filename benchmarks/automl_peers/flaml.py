"""FLAML: its search over the learners that it finds, all of its own but CatBoost, which its package does not bring."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
from flaml import AutoML

from benchmarks.automl_peers.trial import Fitted, Numbers, Trial, ordered, size_of, take

METRICS = {"average_precision": "ap"}


def fit(trial: Trial) -> Fitted:
    rows = trial.train.to_pandas()
    label = rows.pop(trial.label)
    search = AutoML()
    search.fit(
        rows,
        label,
        task="regression" if trial.task == "regression" else "classification",
        metric=METRICS.get(trial.metric, trial.metric),
        time_budget=trial.budget,
        n_jobs=trial.cores,
        seed=trial.seed,
        ensemble=trial.variant == "ensemble",
        verbose=0,
    )
    saved = trial.folder / "model.pickle"
    search.pickle(str(saved))

    def predict(frame: pd.DataFrame) -> Numbers:
        if trial.task == "regression":
            return search.predict(frame)
        return ordered(search.predict_proba(frame), list(search.classes_), trial.classes)

    def shape(table: pa.Table) -> pd.DataFrame:
        return table.to_pandas()

    return Fitted(shape, predict, size_of(saved), f"{search.best_estimator}, {len(search.config_history)} improvements")


if __name__ == "__main__":
    take(fit, "flaml")
