"""Every model type, by name: the built-ins in one dict, other packages' through the entry point
`penstock.learners`.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import entry_points

from penstock.core.errors import InternalError, InvalidOption, UnknownName
from penstock.learn.importer import Importer
from penstock.learn.learner import Learner, ModelType
from penstock.learn.schema import Task

# The type of a model that answers from elsewhere; REMOTE WITH CONNECTION means it, nobody writes it.
REMOTE = "remote"


def learners() -> Mapping[str, Learner]:
    """Return every installed learner by its model type; raises InternalError for a package whose learner
    fails to load.
    """
    found = _built_in()
    for entry in entry_points(group="penstock.learners"):
        try:
            learner: Learner = entry.load()()
        except (ImportError, AttributeError, TypeError) as problem:
            raise InternalError(f"The learner {entry.name!r} of {entry.value} does not load: {problem}") from problem
        if learner.model_type in found:
            raise InternalError(f"{entry.value} registers {learner.model_type!r}, which exists already.")
        found[learner.model_type] = learner
    return found


def learner_of(model_type: str) -> Learner:
    """Return the learner of a model type; raises UnknownName with the nearest one."""
    # A built-in one is found without a look at every installed package.
    learner = _built_in().get(model_type.lower())
    if learner is not None:
        return learner
    known = learners()
    learner = known.get(model_type.lower())
    if learner is None:
        raise UnknownName.among("model type", model_type, [*known, *importers()], option="model_type")
    return learner


def importers() -> Mapping[str, Importer]:
    """Return every file format of models that were made elsewhere, by its model type."""
    from penstock.learn.onnx_import import OnnxImporter
    from penstock.learn.tensorflow_import import LITE, SAVED_MODEL, TensorflowImporter
    from penstock.learn.xgboost_import import XgboostImporter

    formats: tuple[Importer, ...] = (
        OnnxImporter(),
        XgboostImporter(),
        TensorflowImporter(SAVED_MODEL),
        TensorflowImporter(LITE),
    )
    return {found.model_type: found for found in formats}


def importer_of(model_type: str) -> Importer:
    """Return the file format of a model type; raises UnknownName for a type that there is not, InvalidOption for one
    that is trained here.
    """
    found = importers().get(model_type.lower())
    if found is None:
        trained = learner_of(model_type).model_type
        hint = f"Leave out model_path and add AS SELECT …; a file is imported as {' or '.join(importers())}."
        raise InvalidOption.of(f"A {trained} model is trained here, not imported.", hint=hint, option="model_type")
    return found


def model_types() -> Mapping[str, ModelType]:
    """Return everything that a statement can name as its model type: what is trained here, and what is imported."""
    return {**learners(), **importers(), REMOTE: _remote()}


def model_type_of(model_type: str) -> ModelType:
    """Return a model type by its name; raises UnknownName with the nearest one."""
    if model_type.lower() == REMOTE:
        return _remote()
    return importers().get(model_type.lower()) or learner_of(model_type)


def _remote() -> ModelType:
    from penstock.learn.remote_model import RemoteModel

    return RemoteModel()


def _built_in() -> dict[str, Learner]:
    from penstock.learn.arima_plus import Arima, ArimaPlus, ArimaPlusXreg
    from penstock.learn.auto_forecaster import AutoForecaster
    from penstock.learn.auto_ml import AutoMl
    from penstock.learn.autoencoder import Autoencoder
    from penstock.learn.boosted_trees import BoostedTreeClassifier, BoostedTreeRegressor
    from penstock.learn.contribution_analysis import ContributionAnalysis
    from penstock.learn.deep_network import (
        DeepClassifier,
        DeepRegressor,
        WideAndDeepClassifier,
        WideAndDeepRegressor,
    )
    from penstock.learn.k_means import KMeans
    from penstock.learn.linear_regression import LinearRegression
    from penstock.learn.logistic_regression import LogisticRegression
    from penstock.learn.matrix_factorization import MatrixFactorization
    from penstock.learn.principal_components import PrincipalComponents
    from penstock.learn.random_forest import RandomForestClassifier, RandomForestRegressor
    from penstock.learn.transform_only import TransformOnly

    built_in: tuple[Learner, ...] = (
        LinearRegression(),
        LogisticRegression(),
        BoostedTreeClassifier(),
        BoostedTreeRegressor(),
        RandomForestClassifier(),
        RandomForestRegressor(),
        AutoMl("automl_classifier", Task.CLASSIFICATION),
        AutoMl("automl_regressor", Task.REGRESSION),
        DeepClassifier(),
        DeepRegressor(),
        WideAndDeepClassifier(),
        WideAndDeepRegressor(),
        KMeans(),
        PrincipalComponents(),
        Autoencoder(),
        MatrixFactorization(),
        ContributionAnalysis(),
        TransformOnly(),
        ArimaPlus(),
        Arima(),
        ArimaPlusXreg(),
        AutoForecaster(),
    )
    return {learner.model_type: learner for learner in built_in}
