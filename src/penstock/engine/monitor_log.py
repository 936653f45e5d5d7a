"""The prediction log as monitors read it: typed inputs, predictions, and the outcomes that have arrived."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from penstock.functions.transform import apply_transform_sql
from penstock.lake.database import ArrowRows, Connection
from penstock.lake.tables import exists
from penstock.learn.feature_column import feature_type
from penstock.learn.manifest import Manifest
from penstock.learn.schema import Feature, FeatureType, Task
from penstock.functions.label import label_type
from penstock.sql.quoting import quote_identifier

Floats = NDArray[np.float64]
# Of a window of time, at most this many of the newest answers are measured.
MOST_ROWS = 1_000_000

_TYPES: dict[FeatureType, object] = {
    FeatureType.NUMBER: "DOUBLE",
    FeatureType.BOOLEAN: "BOOLEAN",
    FeatureType.STRING: "VARCHAR",
    FeatureType.DATE: "DATE",
    FeatureType.TIMESTAMP: "TIMESTAMPTZ",
    FeatureType.TIME: "TIME",
    FeatureType.STRING_LIST: ["VARCHAR"],
    FeatureType.NUMBER_LIST: ["DOUBLE"],
}
# An outcome is a class of one of these types; a number stands for a class of any numeric type.
_CLASSES: dict[FeatureType, str] = {
    FeatureType.NUMBER: "DOUBLE",
    FeatureType.BOOLEAN: "BOOLEAN",
    FeatureType.STRING: "VARCHAR",
    FeatureType.DATE: "DATE",
    FeatureType.TIMESTAMP: "TIMESTAMP",
}
_ANSWERED = """
FROM penstock.predictions
WHERE lower(endpoint) = lower($endpoint) AND variant <> 'shadow' AND at <= $until
  AND ($since::TIMESTAMPTZ IS NULL OR at > $since)
"""
