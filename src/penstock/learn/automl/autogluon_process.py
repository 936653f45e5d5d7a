"""AutoGluon's search, in a process of its own: `python -m penstock.learn.automl.autogluon_process FOLDER`.

The folder holds the matrix that the trees of a search read, and what is asked (`asked.json`). As soon as AutoGluon has
fitted a model on every fold, the trees of all folds are written there as text or JSON of their own library, and beside
them `member_<n>.json`, which says what they are: who reads the folder finds whole members only, whenever this process
ends. It ends with the one that started it, at the latest.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Json = Any
Frame = Any
ASKED, ENSEMBLE, FAILED, MATRIX, TARGET, WEIGHTS, FOLDS = (
    "asked.json",
    "ensemble.json",
    "failed.json",
    "matrix.npy",
    "target.npy",
    "weights.npy",
    "folds.npy",
)
# What a row is to a fold.
FITTED, JUDGED = 1, 2
# AutoGluon's own portfolio, of TabRepo's evidence, and those of its families whose models are read, with the priority
# of a candidate that says none.
_PORTFOLIO, _FAMILIES = "zeroshot", {"GBM": 90, "CAT": 70, "XGB": 40}
_SYMMETRIC = "SymmetricTree"
# Infinities are read as this: XGBoost takes none, and splits no higher.
_GREATEST = 1e38
_LABEL, _WEIGHT = "label", "weight"


def main(arguments: Sequence[str]) -> None:
    """Search; the one argument is the folder."""
    threading.Thread(target=_end_with_the_other, daemon=True).start()
    search(Path(arguments[0]))


def search(folder: Path) -> None:
    """Let AutoGluon fit its portfolio on the folder's rows and folds, and write there what it fitted."""
    from autogluon.core.callbacks import AbstractCallback
    from autogluon.tabular import TabularPredictor, __version__

    asked = json.loads((folder / ASKED).read_text(encoding="utf-8"))
    target, folds = np.load(folder / TARGET), np.load(folder / FOLDS)
    frame = _frame(folder, target)
    weight = _WEIGHT if _WEIGHT in frame.columns else None
    # AutoGluon takes a plain class for a callback once it is registered as one.
    AbstractCallback.register(Writer)
    predictor = TabularPredictor(
        _LABEL,
        problem_type=asked["problem"],
        eval_metric=asked["metric"],
        path=str(folder / "predictor"),
        verbosity=0,
        sample_weight=weight,
        learner_kwargs={"label_count_threshold": 2 if len(folds) > 1 else 1},
    )
    predictor.fit(
        **_rows(frame, folds, asked),
        time_limit=asked["until"] - time.time(),
        hyperparameters=_portfolio(asked["most"]),
        num_stack_levels=0,
        dynamic_stacking=False,
        feature_generator=None,
        calibrate=False,
        calibrate_decision_threshold=False,
        num_cpus=asked["threads"],
        num_gpus=0,
        callbacks=[Writer(folder, len(target), __version__)],
    )


class Writer:
    """Asked by AutoGluon before and after each fit; writes each model that was fitted."""

    def __init__(self, folder: Path, rows: int, version: str) -> None:
        self._folder, self._rows, self._version, self._count = folder, rows, version, 0
        self._failed: dict[str, str] = {}
        self._name = ""

    def before_trainer_fit(self, trainer: Any, **_: Any) -> None:
        """Nothing is done beforehand."""

    def after_trainer_fit(self, trainer: Any) -> None:
        """Nothing is done afterwards: all is written by then."""

    def before_model_fit(self, trainer: Any, model: Any, **_: Any) -> tuple[bool, bool]:  # noqa: ARG002
        """Say that the search is to go on, and the model to be fitted."""
        self._name = model.name
        return False, False

    def after_model_fit(self, trainer: Any, model_names: Sequence[str], stack_name: str = "core", **_: Any) -> bool:
        """Write what was fitted, or why it was not; say that the search is to go on."""
        if not model_names:
            why = {each["model"]: f"{each['exc_type']}: {each['exc_str']}" for each in _failures(trainer)}
            self._failed[self._name] = why.get(self._name, "AutoGluon had no time for it").rstrip(": ")
            _write(self._folder / FAILED, self._failed)
        for name in model_names:
            model = trainer.load_model(name)
            told = {"name": name, "version": self._version}
            np.save(self._folder / f"{name}.npy", _said(trainer, model)[: self._rows])
            if stack_name == "core":
                self._write_member(model, told)
            else:
                chosen = model.load_child(model.models[0])
                weights = dict(zip(chosen.base_model_names, map(float, chosen.weights_), strict=True))
                _write(self._folder / ENSEMBLE, {**told, "weights": weights})
        return False

    def _write_member(self, model: Any, told: Mapping[str, Json]) -> None:
        children = [model.load_child(child) for child in model.models] if hasattr(model, "models") else [model]
        files = [f"member_{self._count}.{fold}" for fold in range(len(children))]
        for file, child in zip(files, children, strict=True):
            _write_trees(child, self._folder / file)
        first = children[0]
        fitted = {
            "family": first.ag_key,
            "seconds": model.fit_time,
            "values": {name: value for name, value in first.params.items() if isinstance(value, int | float | str)},
            "files": files,
            "features": [[int(name[1:]) for name in _features(child)] for child in children],
        }
        _write(self._folder / f"member_{self._count}.json", {**told, **fitted})
        self._count += 1


def _frame(folder: Path, target: NDArray[np.float64]) -> Frame:
    import pandas as pd

    matrix = np.clip(np.load(folder / MATRIX), -_GREATEST, _GREATEST)
    frame = pd.DataFrame(matrix, columns=[f"c{place}" for place in range(matrix.shape[1])])
    frame[_LABEL] = target
    if (folder / WEIGHTS).is_file():
        frame[_WEIGHT] = np.load(folder / WEIGHTS)
    return frame


def _rows(frame: Frame, folds: NDArray[np.int8], asked: Mapping[str, Json]) -> dict[str, Json]:
    """Return the rows as AutoGluon takes them: with the folds as its own, or those of one fold apart."""
    import pandas as pd

    if len(folds) == 1:
        return {
            "train_data": frame[folds[0] == FITTED].reset_index(drop=True),
            "tuning_data": frame[folds[0] == JUDGED].reset_index(drop=True),
            "num_bag_folds": 0,
        }
    if asked["problem"] != "regression":
        # AutoGluon leaves out a class of one row, which would move the places of the others: no fold has the second.
        counts = frame[_LABEL].value_counts()
        alone = frame[frame[_LABEL].isin(counts.index[counts == 1])]
        frame = pd.concat([frame, alone], ignore_index=True)
    splits = [(np.flatnonzero(fold == FITTED), np.flatnonzero(fold == JUDGED)) for fold in folds]
    ensemble = {
        "custom_splits": splits,
        "fold_fitting_strategy": "sequential_local",
        "model_random_seed": asked["seed"],
    }
    return {"train_data": frame, "num_bag_folds": len(folds), "num_bag_sets": 1, "ag_args_ensemble": ensemble}


def _portfolio(most: int | None) -> dict[str, list[Json]]:
    """Return the first of AutoGluon's candidates, as it orders them, of the families that are read.

    CatBoost's trees are those with one split a level; XGBoost reads the columns as they are, for by itself AutoGluon
    hands it zeros as missing.
    """
    from autogluon.tabular.configs.hyperparameter_configs import get_hyperparameter_config

    whole = get_hyperparameter_config(_PORTFOLIO)
    found = [
        (family, {**values, "enable_categorical": True} if family == "XGB" else values)
        for family in _FAMILIES
        for values in whole.get(family, ())
        if isinstance(values, dict) and (family != "CAT" or values.get("grow_policy", _SYMMETRIC) == _SYMMETRIC)
    ]
    first = sorted(found, key=lambda each: -each[1].get("ag_args", {}).get("priority", _FAMILIES[each[0]]))[:most]
    return {
        family: own for family in _FAMILIES if (own := [values for of_family, values in first if of_family == family])
    }


def _failures(trainer: Any) -> list[Json]:
    found: list[Json] = trainer.model_failures().to_dict("records")
    return found


def _said(trainer: Any, model: Any) -> NDArray[Any]:
    """Return what models of other rows say of each row, as AutoGluon has it."""
    if hasattr(model, "models"):
        return np.asarray(trainer.get_model_oof(model.name))
    return np.asarray(trainer.predict_proba(trainer.load_X_val(), model=model.name))


def _features(child: Any) -> list[str]:
    """Return the columns that a fitted model reads, in its order."""
    match child.ag_key:
        case "GBM":
            return list(child.model.feature_name())
        case "CAT":
            return list(child.model.feature_names_)
    return list(child.model.get_booster().feature_names)


def _write_trees(child: Any, path: Path) -> None:
    match child.ag_key:
        case "GBM":
            path.write_text(child.model.model_to_string(), encoding="utf-8")
        case "CAT":
            child.model.save_model(str(path), format="json")
        case _:
            booster = child.model.get_booster()
            whole = path.with_suffix(path.suffix + ".json")
            best = booster.attr("best_iteration")
            (booster if best is None else booster[: int(best) + 1]).save_model(str(whole))
            whole.replace(path)


def _write(path: Path, told: Mapping[str, Json]) -> None:
    """Write a file that is there whole or not at all."""
    part = path.with_suffix(".part")
    part.write_text(json.dumps(told), encoding="utf-8")
    part.replace(path)


def _end_with_the_other() -> None:
    """Wait for the end of the process that holds the other side of standard input, and end with it."""
    # Python's own reader would hold a lock that its end waits for.
    while os.read(0, 1):
        pass
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
