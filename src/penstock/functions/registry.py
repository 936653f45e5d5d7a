"""Every ML function, by name: the built-ins in one list, other packages' through the entry point
`penstock.functions`.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import entry_points

from penstock.core.errors import InternalError, UnknownName
from penstock.core.spans import Span
from penstock.functions.absent import refuse_absent
from penstock.functions.advanced_weights import ADVANCED_WEIGHTS
from penstock.functions.ai_forecast import AI_DETECT_ANOMALIES, AI_EVALUATE, AI_FORECAST
from penstock.functions.ai_search import AI_SEARCH
from penstock.functions.arima_inspection import ARIMA_COEFFICIENTS, ARIMA_EVALUATE, HOLIDAY_INFO
from penstock.functions.centroids import CENTROIDS
from penstock.functions.confusion_matrix import CONFUSION_MATRIX
from penstock.functions.correlation import CORRELATION
from penstock.functions.describe_data import DESCRIBE_DATA
from penstock.functions.detect_anomalies import DETECT_ANOMALIES
from penstock.functions.evaluate import EVALUATE
from penstock.functions.explain_forecast import EXPLAIN_FORECAST
from penstock.functions.explain_predict import EXPLAIN_PREDICT
from penstock.functions.feature_importance import FEATURE_IMPORTANCE
from penstock.functions.feature_info import FEATURE_INFO
from penstock.functions.feature_sql import FEATURE_SQL
from penstock.functions.features_at_time import ENTITY_FEATURES_AT_TIME, FEATURES_AT_TIME
from penstock.functions.forecast import FORECAST
from penstock.functions.function import FunctionSpec
from penstock.functions.generate_embedding import (
    AI_GENERATE_EMBEDDING,
    ML_GENERATE_EMBEDDING,
    ML_GENERATE_TEXT_EMBEDDING,
)
from penstock.functions.generate_text import AI_GENERATE_TABLE, AI_GENERATE_TEXT, ML_GENERATE_TEXT
from penstock.functions.get_insights import GET_INSIGHTS
from penstock.functions.global_explain import GLOBAL_EXPLAIN
from penstock.functions.indexed_search import VECTOR_INDEX_STATISTICS
from penstock.functions.key_drivers import KEY_DRIVERS
from penstock.functions.predict import PREDICT
from penstock.functions.principal_components import PRINCIPAL_COMPONENT_INFO, PRINCIPAL_COMPONENTS
from penstock.functions.recommend import RECOMMEND
from penstock.functions.reconstruction_loss import RECONSTRUCTION_LOSS
from penstock.functions.roc_curve import ROC_CURVE
from penstock.functions.series_part import DETECT_CHANGE_POINTS, SEASONALITY, TREND
from penstock.functions.suspect_labels import SUSPECT_LABELS
from penstock.functions.tfdv_statistics import TFDV_DESCRIBE
from penstock.functions.training_info import TRAINING_INFO
from penstock.functions.transform_rows import TRANSFORM
from penstock.functions.trial_info import TRIAL_INFO
from penstock.functions.validate_data import VALIDATE_DATA_DRIFT, VALIDATE_DATA_SKEW
from penstock.functions.vector_search import VECTOR_SEARCH
from penstock.functions.weights import WEIGHTS

FUNCTIONS: Mapping[str, FunctionSpec] = {
    spec.name: spec
    for spec in (
        PREDICT,
        EXPLAIN_PREDICT,
        TRANSFORM,
        EVALUATE,
        CONFUSION_MATRIX,
        ROC_CURVE,
        TRAINING_INFO,
        TRIAL_INFO,
        FEATURE_INFO,
        FEATURE_SQL,
        SUSPECT_LABELS,
        WEIGHTS,
        ADVANCED_WEIGHTS,
        FEATURE_IMPORTANCE,
        GLOBAL_EXPLAIN,
        CENTROIDS,
        PRINCIPAL_COMPONENTS,
        PRINCIPAL_COMPONENT_INFO,
        RECONSTRUCTION_LOSS,
        DETECT_ANOMALIES,
        ML_GENERATE_EMBEDDING,
        AI_GENERATE_EMBEDDING,
        ML_GENERATE_TEXT_EMBEDDING,
        RECOMMEND,
        GET_INSIGHTS,
        KEY_DRIVERS,
        FORECAST,
        EXPLAIN_FORECAST,
        ARIMA_EVALUATE,
        ARIMA_COEFFICIENTS,
        HOLIDAY_INFO,
        TREND,
        SEASONALITY,
        DETECT_CHANGE_POINTS,
        AI_FORECAST,
        AI_EVALUATE,
        AI_DETECT_ANOMALIES,
        DESCRIBE_DATA,
        TFDV_DESCRIBE,
        VALIDATE_DATA_DRIFT,
        VALIDATE_DATA_SKEW,
        CORRELATION,
        FEATURES_AT_TIME,
        ENTITY_FEATURES_AT_TIME,
        VECTOR_SEARCH,
        VECTOR_INDEX_STATISTICS,
        ML_GENERATE_TEXT,
        AI_GENERATE_TEXT,
        AI_GENERATE_TABLE,
        AI_SEARCH,
    )
}


def functions() -> Mapping[str, FunctionSpec]:
    """Return every installed function by its name in upper case.

    Raises InternalError for a package whose function does not load or has a name that exists.
    """
    found = dict(FUNCTIONS)
    for entry in entry_points(group="penstock.functions"):
        try:
            spec: FunctionSpec = entry.load()
        except (ImportError, AttributeError) as problem:
            raise InternalError(f"The function {entry.name!r} of {entry.value} does not load: {problem}") from problem
        name = spec.name.upper()
        if name in found:
            raise InternalError(f"{entry.value} registers {name}, which exists already.")
        found[name] = spec
    return found


def function_of(name: str, span: Span | None = None, among: Mapping[str, FunctionSpec] | None = None) -> FunctionSpec:
    """Return the function of a name in any case, of those given or all; raises UnknownName with the nearest one."""
    known = functions() if among is None else among
    spec = known.get(name.upper())
    if spec is None:
        refuse_absent(name, span)
        raise UnknownName.among("function", name, known, span=span)
    return spec
