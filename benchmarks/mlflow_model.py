"""Run by the Python that has MLflow: the same trees in a scikit-learn pipeline, saved as MLflow serves it."""

from __future__ import annotations

import sys
from pathlib import Path


def main() -> None:
    import mlflow.sklearn
    import pandas as pd
    from lightgbm import LGBMClassifier
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OrdinalEncoder

    source, target = (Path(argument) for argument in sys.argv[1:])
    rows = pd.read_parquet(source)
    label = rows.pop("label")
    texts = [name for name in rows.columns if name.startswith("c")]
    numbers = [name for name in rows.columns if name.startswith("n")]
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    coded = ColumnTransformer([("texts", encoder, texts), ("numbers", "passthrough", numbers)])
    trees = LGBMClassifier(n_estimators=100, learning_rate=0.3, num_leaves=64, max_depth=6, verbosity=-1)
    pipeline = make_pipeline(coded, trees).fit(rows, label)
    mlflow.sklearn.save_model(pipeline, str(target), serialization_format="cloudpickle")


if __name__ == "__main__":
    main()
