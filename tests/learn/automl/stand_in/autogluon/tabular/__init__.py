"""What stands in for AutoGluon: the same calls, few rounds, the libraries' own models, and mistakes on demand.

The variable STAND_IN says which: 'fails', 'sleeps', 'waits' (after the first model), 'lies' (not what its models say).
"""

import os
import time
from dataclasses import dataclass

import numpy as np

__version__ = "0.0.stand-in"
ROUNDS = 12


class TabularPredictor:
    def __init__(self, label, problem_type, eval_metric, path, verbosity, sample_weight, learner_kwargs):
        self.label, self.problem, self.weight = label, problem_type, sample_weight
        assert eval_metric in ("root_mean_squared_error", "mean_absolute_error", "log_loss", "roc_auc", "accuracy")

    def fit(self, train_data, *, hyperparameters, callbacks, time_limit, num_bag_folds, num_cpus, **others):
        from autogluon.core.callbacks import AbstractCallback

        assert isinstance(callbacks[0], AbstractCallback)
        assert 0 < time_limit < 1_000
        if os.environ.get("STAND_IN") == "fails":
            raise ValueError("the table is not to its taste")
        if os.environ.get("STAND_IN") == "sleeps":
            time.sleep(600)
        trainer = Trainer(self, train_data, others)
        names = []
        for family, candidates in hyperparameters.items():
            for values in candidates:
                name = family + values.get("ag_args", {}).get("name_suffix", "") + "_BAG_L1" * bool(num_bag_folds)
                assert callbacks[0].before_model_fit(trainer=trainer, model=Named(name), level=1) == (False, False)
                try:
                    model = trainer.fitted(name, family, values, num_cpus)
                except ValueError as problem:
                    # As AutoGluon does: a library that does not take a fold's rows has no model.
                    trainer.failed.append({"model": name, "exc_type": "ValueError", "exc_str": str(problem)})
                    callbacks[0].after_model_fit(trainer, [], stack_name="core", level=1)
                    continue
                names.append(model.name)
                assert not callbacks[0].after_model_fit(trainer, [model.name], stack_name="core", level=1)
                if os.environ.get("STAND_IN") == "waits":
                    time.sleep(600)
        assert not callbacks[0].after_model_fit(trainer, [trainer.chosen(names).name], stack_name="aux1", level=2)


@dataclass
class Named:
    name: str


class Trainer:
    def __init__(self, predictor, rows, others):
        self.predictor, self.models, self.said, self.failed = predictor, {}, {}, []
        given = [predictor.label, *([predictor.weight] if predictor.weight else [])]
        self.rows = rows.drop(columns=given)
        self.target = rows[predictor.label].to_numpy()
        self.weights = rows[predictor.weight].to_numpy() if predictor.weight else None
        whole = np.arange(len(rows))
        self.splits = others["ag_args_ensemble"]["custom_splits"] if "ag_args_ensemble" in others else [(whole, None)]
        tuning = others.get("tuning_data")
        self.judging = None if tuning is None else tuning.drop(columns=given)

    def fitted(self, name, family, values, threads):
        children = []
        said, times = [], np.zeros(len(self.rows))
        total = 0.0
        for fitted, judged in self.splits:
            child = Child(family, values, self, fitted, threads)
            children.append(child)
            if judged is not None:
                times[judged] += 1
                answers = child.answers(self.rows.iloc[judged])
                whole = np.zeros((len(self.rows), *answers.shape[1:]))
                whole[judged] = answers
                total = total + whole
        if self.judging is None:
            with np.errstate(invalid="ignore", divide="ignore"):
                said = (total.T / times).T
            model = Bag(name, children)
        else:
            model = children[0]
            model.name, model.val_score, model.fit_time = name, 0.5, 0.1
            said = model.answers(self.judging)
        lies = os.environ.get("STAND_IN") == "lies" and family == "XGB"
        self.models[name], self.said[name] = model, said + 0.01 * lies
        return model

    def chosen(self, names):
        weights = np.full(len(names), 1 / len(names))
        name = "WeightedEnsemble_L2"
        self.said[name] = sum(weight * self.said[each] for weight, each in zip(weights, names, strict=True))
        self.models[name] = Bag(name, [Weights(names, weights)])
        return self.models[name]

    def model_failures(self):
        import pandas as pd

        return pd.DataFrame(self.failed, columns=["model", "exc_type", "exc_str"])

    def load_model(self, name):
        return self.models[name]

    def get_model_oof(self, name):
        return self.said[name].astype(np.float32)

    def load_X_val(self):  # noqa: N802 - AutoGluon's name
        return self.judging

    def predict_proba(self, rows, model):
        assert rows is self.judging
        return self.said[model].astype(np.float32)


class Bag:
    def __init__(self, name, children):
        self.name, self.val_score, self.fit_time = name, np.float64(0.5), 0.1
        self.children = dict(enumerate(children))
        self.models = list(self.children)

    def load_child(self, number):
        return self.children[number]


class Weights:
    def __init__(self, names, weights):
        self.base_model_names, self.weights_ = list(names), weights


class Child:
    """A model of a library, which reads the columns that are not the same in every row, from the last to the first."""

    def __init__(self, family, values, trainer, rows, threads):
        self.ag_key, self.params = family, {key: value for key, value in values.items() if key != "ag_args"}
        self.problem = trainer.predictor.problem
        varied = [name for name in trainer.rows if trainer.rows[name].nunique() > 1]
        self.columns = varied[::-1]
        frame, target = trainer.rows.iloc[rows][self.columns], trainer.target[rows]
        weights = None if trainer.weights is None else trainer.weights[rows]
        self.classes = len(np.unique(trainer.target))
        self.model = getattr(self, family.lower())(frame, target, weights, threads)

    def gbm(self, frame, target, weights, threads):
        import lightgbm

        objective = {"multiclass": {"objective": "multiclass", "num_class": self.classes}}
        own = objective.get(self.problem, {"objective": self.problem})
        parameters = {**self.params, **own, "verbosity": -1, "num_threads": threads, "min_data_in_leaf": 5}
        return lightgbm.train(parameters, lightgbm.Dataset(frame, target, weight=weights), ROUNDS)

    def cat(self, frame, target, weights, threads):
        from catboost import CatBoostClassifier, CatBoostRegressor

        kind = CatBoostRegressor if self.problem == "regression" else CatBoostClassifier
        model = kind(
            **self.params, iterations=ROUNDS, thread_count=threads, allow_writing_files=False, logging_level="Silent"
        )
        return model.fit(frame, target, sample_weight=weights)

    def xgb(self, frame, target, weights, threads):
        from xgboost import XGBClassifier, XGBRegressor

        assert self.params.pop("enable_categorical")
        kind = XGBRegressor if self.problem == "regression" else XGBClassifier
        model = kind(**self.params, n_estimators=ROUNDS, n_jobs=threads)
        return model.fit(frame, target, sample_weight=weights)

    def answers(self, frame):
        frame = frame[self.columns]
        if self.ag_key == "GBM":
            return np.asarray(self.model.predict(frame))
        if self.problem == "regression":
            return np.asarray(self.model.predict(frame))
        told = self.model.predict_proba(frame)
        return told[:, 1] if self.problem == "binary" else told
