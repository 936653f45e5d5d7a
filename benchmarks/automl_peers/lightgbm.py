"""LightGBM as it comes: its own defaults, texts as categories, no search and no regard for the budget."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
from lightgbm import LGBMClassifier, LGBMRegressor

from benchmarks.automl_peers.trial import Fitted, Numbers, Trial, ordered, size_of, take


def fit(trial: Trial) -> Fitted:
    rows = trial.train.to_pandas()
    label = rows.pop(trial.label)
    words = {name: rows[name].astype("category").cat.categories for name in rows if _is_text(rows[name])}

    def shaped(frame: pd.DataFrame) -> pd.DataFrame:
        for name in frame:
            if name in words:
                frame[name] = pd.Categorical(frame[name], categories=words[name])
            elif pd.api.types.is_datetime64_any_dtype(frame[name]):
                frame[name] = (frame[name] - pd.Timestamp(0)).dt.total_seconds()
        return frame

    kind = LGBMRegressor if trial.task == "regression" else LGBMClassifier
    model = kind(n_jobs=trial.cores, random_state=trial.seed, verbosity=-1).fit(shaped(rows), label)
    saved = trial.folder / "model.txt"
    model.booster_.save_model(saved)

    def predict(frame: pd.DataFrame) -> Numbers:
        if trial.task == "regression":
            return model.predict(frame)
        return ordered(model.predict_proba(frame), list(model.classes_), trial.classes)

    def shape(table: pa.Table) -> pd.DataFrame:
        return shaped(table.to_pandas())

    return Fitted(shape, predict, size_of(saved), "100 trees, the defaults")


def _is_text(values: pd.Series) -> bool:
    return not pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_datetime64_any_dtype(values)


if __name__ == "__main__":
    take(fit, "lightgbm")
