"""ML.TFDV_DESCRIBE: the statistics of data as TensorFlow Data Validation writes them, and the way back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, cast

import numpy as np
import pyarrow as pa

from penstock.core.errors import BadData
from penstock.core.options import OptionSpec
from penstock.drift.distribution import Bins, Categories, Distribution
from penstock.functions.column_type import with_type_notes
from penstock.functions.data_statistics import ColumnStatistics, Wanted, data_statistics
from penstock.functions.function import Call, FunctionSpec, InputRows, OutputColumn
from penstock.lake.database import ArrowRows

Json = dict[str, Any]
COLUMN = "dataset_feature_statistics_list"
TOP_VALUES = 20


def tfdv_describe(call: Call) -> ArrowRows:
    """Return one row: the statistics of the data's columns as JSON."""
    schema = with_type_notes(pa.schema([(COLUMN, pa.string())]), ["JSON"])

    def batches() -> Iterator[pa.RecordBatch]:
        text = json.dumps(statistics_json(statistics_of(call, call.rows)), ensure_ascii=False, allow_nan=False)
        yield pa.RecordBatch.from_arrays([pa.array([text])], schema=schema)

    return ArrowRows(schema, batches)


def statistics_of(call: Call, rows: InputRows) -> list[ColumnStatistics]:
    """Return the statistics of data, as finely as the call's options say."""
    bins, quantiles, lengths, ranks = (cast("int", call.options[option.name]) for option in BUCKETS)
    return data_statistics(call, rows, Wanted(quantiles, lengths, ranks, bins))


def distribution_of(found: ColumnStatistics) -> Distribution:
    """Return how a column's values are spread."""
    if not found.column.is_numeric:
        return Categories({value: float(count) for value, count in found.top})
    facts = found.facts
    nans, infinities = float(facts["nans"]), float(facts["infinities"])
    if facts["low"] is None:
        return Bins(np.empty(0), np.empty(0), np.empty(0), nans, infinities)
    edges, counts = _edges(found)
    return Bins(edges[:-1], edges[1:], counts, nans, infinities)


def _edges(found: ColumnStatistics) -> tuple[np.ndarray[Any, np.dtype[np.float64]], np.ndarray[Any, Any]]:
    """Return the edges of a column's bins and their counts: of a constant, one bin."""
    low, high = found.facts["low"], found.facts["high"]
    if low == high:
        return np.array([low, high]), np.array([float(sum(found.bins))])
    return np.linspace(low, high, len(found.bins) + 1), np.array(found.bins, dtype=np.float64)


def statistics_json(columns: Sequence[ColumnStatistics]) -> Json:
    """Return a DatasetFeatureStatisticsList in the JSON form of protocol buffers: 64-bit whole numbers are text."""
    rows = columns[0].facts["rows"] if columns else 0
    return {"datasets": [{"numExamples": str(rows), "features": [_feature(column) for column in columns]}]}


def _feature(found: ColumnStatistics) -> Json:
    path = {"path": {"step": [found.column.name]}}
    if found.column.is_numeric:
        kind = "INT" if found.column.is_integer else "FLOAT"
        return {**path, "type": kind, "numStats": {"commonStats": _common(found), **_numbers(found)}}
    return {**path, "type": "STRING", "stringStats": {"commonStats": _common(found), **_texts(found)}}


def _common(found: ColumnStatistics) -> Json:
    facts = found.facts
    present = facts["rows"] - facts["nulls"]
    single = found.column.shape == "single"
    lengths = [1.0, 1.0] if single else [float(length) for length in facts["length_quantiles"] or []]
    common: Json = {"numNonMissing": str(present), "numMissing": str(facts["nulls"])}
    if present:
        common |= {
            "minNumValues": str(1 if single else facts["shortest"]),
            "maxNumValues": str(1 if single else facts["longest"]),
            "avgNumValues": 1.0 if single else facts["mean_length"],
            "totNumValues": str(facts["values"]),
            "numValuesHistogram": _quantiles(lengths, present),
        }
    return common


def _numbers(found: ColumnStatistics) -> Json:
    facts = found.facts
    undefined = {"numNan": str(facts["nans"]), "numUndefined": str(facts["infinities"])}
    stats: Json = {"numZeros": str(facts["zeros"])}
    if facts["low"] is None:
        return {**stats, "histograms": [{**undefined, "buckets": [], "type": "STANDARD"}]}
    edges, counts = _edges(found)
    buckets = [_bucket(*piece) for piece in zip(edges[:-1].tolist(), edges[1:].tolist(), counts.tolist(), strict=True)]
    return {
        **stats,
        "mean": facts["mean"],
        "stdDev": facts["spread"],
        "min": facts["low"],
        "median": facts["median"],
        "max": facts["high"],
        "histograms": [
            {**undefined, "buckets": buckets, "type": "STANDARD"},
            {**undefined, **_quantiles(facts["quantiles"], float(sum(counts)))},
        ],
    }


def _quantiles(edges: Sequence[float], count: float) -> Json:
    """Return a histogram of bins of equal counts."""
    share = count / max(len(edges) - 1, 1)
    return {"buckets": [_bucket(low, high, share) for low, high in pairwise(edges)], "type": "QUANTILES"}


def _bucket(low: float, high: float, count: float) -> Json:
    return {"lowValue": low, "highValue": high, "sampleCount": count}


def _texts(found: ColumnStatistics) -> Json:
    ranks = [
        {"lowRank": str(rank), "highRank": str(rank), "label": value, "sampleCount": float(count)}
        for rank, (value, count) in enumerate(found.top)
    ]
    top = [{"value": value, "frequency": float(count)} for value, count in found.top[:TOP_VALUES]]
    length = found.facts["average_length"]
    return {
        "unique": str(found.distinct),
        "topValues": top,
        **({} if length is None else {"avgLength": length}),
        "rankHistogram": {"buckets": ranks},
    }


def read_distributions(text: str) -> dict[str, Distribution]:
    """Return how the columns of a DatasetFeatureStatisticsList are spread, by name.

    Names in camel case and with underscores are read. Raises BadData for a text that is no such statistics.
    """
    try:
        datasets = _get(json.loads(text), "datasets")
        features = _get(datasets[0], "features", []) if datasets else []
        found = {_name(feature): _distribution(feature) for feature in features}
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as problem:
        raise BadData.of(
            f"These are no statistics of ML.TFDV_DESCRIBE: {problem}.",
            hint="Write (SELECT * FROM ML.TFDV_DESCRIBE(TABLE t)), or a DatasetFeatureStatisticsList as JSON.",
        ) from problem
    return {name: spread for name, spread in found.items() if spread is not None}


def _name(feature: Json) -> str:
    return str(feature["name"]) if "name" in feature else ".".join(_get(feature, "path")["step"])


def _distribution(feature: Json) -> Distribution | None:
    texts = _get(feature, "stringStats", None)
    if texts is not None:
        ranks = _get(_get(texts, "rankHistogram", {}), "buckets", [])
        return Categories({str(rank.get("label", "")): float(_get(rank, "sampleCount", 0)) for rank in ranks})
    numbers = _get(feature, "numStats", None)
    if numbers is None:
        return None
    # Left out, as proto3 does with its first value, the type is STANDARD.
    standard = [item for item in _get(numbers, "histograms", []) if item.get("type", "STANDARD") in ("STANDARD", 0)]
    if not standard:
        return None
    buckets = _get(standard[0], "buckets", [])
    lows, highs, counts = (
        np.array([float(_get(bucket, key, 0)) for bucket in buckets], dtype=np.float64)
        for key in ("lowValue", "highValue", "sampleCount")
    )
    return Bins(lows, highs, counts, *(float(_get(standard[0], key, 0)) for key in ("numNan", "numUndefined")))


_MUST = object()


def _get(raw: Mapping[str, Any], key: str, default: Any = _MUST) -> Any:
    """Return a field under its name in camel case or with underscores; raises KeyError without a default."""
    plain = "".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in key)
    for name in (key, plain):
        if name in raw:
            return raw[name]
    if default is _MUST:
        raise KeyError(key)
    return default


def _buckets(name: str, default: int, most: int, doc: str) -> OptionSpec:
    return OptionSpec(name, "integer", default, doc, minimum=1, maximum=most)


BUCKETS = (
    _buckets("num_histogram_buckets", 10, 1_000, "How many bins of equal width numbers fall into."),
    _buckets("num_quantiles_histogram_buckets", 10, 1_000, "How many bins of equal counts numbers fall into."),
    _buckets("num_values_histogram_buckets", 10, 1_000, "How many bins of equal counts the lengths of arrays have."),
    _buckets("num_rank_histogram_buckets", 50, 10_000, "How many of the most frequent categories are counted."),
)
TFDV_DESCRIBE = FunctionSpec(
    name="ML.TFDV_DESCRIBE",
    summary="Gives the statistics of a table or query in the form of TensorFlow Data Validation.",
    run=tfdv_describe,
    input="required",
    model=False,
    options=BUCKETS,
    output=(OutputColumn(COLUMN, "JSON", "A DatasetFeatureStatisticsList."),),
    example="SELECT * FROM ML.TFDV_DESCRIBE(TABLE customers, STRUCT(20 AS num_rank_histogram_buckets))",
    notes=(
        "Keep it in a table, and compare it with later data by ML.TFDV_VALIDATE.",
        "BOOL, DATE, TIME, TIMESTAMP and BYTES are of type STRING. Infinities are counted in numUndefined.",
    ),
)
