"""Penstock: one statement on a project of its own, and an endpoint for single rows. A variant names a split."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

import penstock
from benchmarks.automl_peers.trial import Fitted, Numbers, Trial, size_of, take
from penstock.learn.registry import learner_of

OBJECTIVES = {
    "roc_auc": "MAXIMIZE_AU_ROC",
    "average_precision": "MAXIMIZE_AU_PRC",
    "log_loss": "MINIMIZE_LOG_LOSS",
    "rmse": "MINIMIZE_RMSE",
    "mae": "MINIMIZE_MAE",
}


def fit(trial: Trial) -> Fitted:
    # What Penstock notes about the rows is for their owner.
    warnings.simplefilter("ignore", penstock.PenstockWarning)
    (trial.folder / "penstock.toml").write_text(f"[compute]\nthreads = {trial.cores}\n", encoding="utf-8")
    connection = penstock.connect(trial.folder)
    kind = "automl_regressor" if trial.task == "regression" else "automl_classifier"
    connection.sql(f"CREATE MODEL m OPTIONS ({_options(trial, kind)}) AS SELECT * FROM '{trial.train_path}'")
    connection.sql("CREATE ENDPOINT e ON MODEL m")
    model, endpoint = connection.model("m"), connection.endpoint("e")

    def predict(rows: pa.Table) -> Numbers:
        told = model.predict(rows).arrow()
        if trial.task == "regression":
            return told.column(f"predicted_{trial.label}").to_numpy()
        lists = told.column(f"predicted_{trial.label}_probs").combine_chunks()
        each = lists.flatten()
        names = pc.index_in(each.field("label").cast(pa.string()), value_set=pa.array(trial.classes)).to_numpy()
        found = np.zeros((len(lists), len(trial.classes)))
        found[lists.value_parent_indices().to_numpy(), names] = each.field("prob").to_numpy()
        return found

    def shape(table: pa.Table) -> pa.Table:
        return table

    def one(row: Mapping[str, Any]) -> object:
        return endpoint.predict([row])

    artifacts = trial.folder / ".penstock" / "data" / "artifacts"
    return Fitted(shape, predict, size_of(artifacts), repr(model), one=one)


def _options(trial: Trial, kind: str) -> str:
    """Return the statement's options: those of this list that the version at hand knows."""
    known = {option.name for option in learner_of(kind).options}
    wanted = {
        "budget_seconds": str(trial.budget),
        "budget_hours": "1",
        "optimization_objective": f"'{OBJECTIVES[trial.metric]}'" if trial.metric in OBJECTIVES else None,
    }
    if "budget_seconds" in known:
        del wanted["budget_hours"]
    label = trial.label.replace("'", "''")
    said = {"model_type": f"'{kind}'", "input_label_cols": f"['{label}']", "seed": str(trial.seed)}
    said |= {name: value for name, value in wanted.items() if name in known and value is not None}
    if trial.variant:
        said["data_split_method"] = f"'{trial.variant}'"
    return ", ".join(f"{name} = {value}" for name, value in said.items())


if __name__ == "__main__":
    take(fit, "penstock")
