"""K-means clustering."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.core.errors import InvalidOption, UntrainableModel
from penstock.core.options import OptionSpec, OptionValue, Tunable, number_of
from penstock.core.parallel import each
from penstock.learn.encoding import CodeKind
from penstock.learn.graph import GraphBuilder
from penstock.learn.learner import FittedModel, Iteration, Progress, TrainingData, WarmStart
from penstock.learn.linear_design import Design, code_size, design_of
from penstock.learn.linear_input import (
    LinearInput,
    category_labels,
    encoding_of,
    input_from_json,
    input_label,
    linear_input,
)
from penstock.learn.linear_sum import category_sum, category_tables, standardised_numbers, weighted_sum
from penstock.learn.lloyd import Geometry, Round, apart, distances, lloyd, member_means, random_rows, spread_rows
from penstock.learn.schema import Feature, Task
from penstock.learn.splitting import row_fingerprints
from penstock.learn.unlabelled_metrics import ClusteringMetrics
from penstock.learn.warm_start import check_unchanged

Floats = NDArray[np.float64]
Json = Any
# Rows judged by one thread, and distances that it holds at a time: they stay in its cache.
_BLOCK, _DISTANCES = 65_536, 65_536
EUCLIDEAN, COSINE = "EUCLIDEAN", "COSINE"
INITIAL_COLUMN = "kmeans_init_col"


@dataclass(frozen=True)
class Clusters:
    """`centroids` has shape (k, width of the design), standardised as `read` says."""

    read: LinearInput
    centroids: Floats
    cosine: bool

    def graph(self, features: Sequence[Feature]) -> bytes:
        """Return the ONNX model from raw columns to `distances`, [n, k]."""
        builder = GraphBuilder(features)
        matrix = builder.matrix(self.read.codes)
        squares = self._cosine(builder, matrix) if self.cosine else self._euclidean(builder, matrix)
        positive = builder.node("Max", [squares, builder.constant(0.0)])
        return builder.finish(builder.node("Sqrt", [positive]), "distances", len(self.centroids))

    def _euclidean(self, builder: GraphBuilder, matrix: str) -> str:
        """Return the squared distances: of numbers centroid by centroid, which loses no digits, of categories
        by looking up |c|² − 2 c + 1.
        """
        parts = []
        if self.read.numbers:
            numbers = standardised_numbers(builder, matrix, self.read)
            axis = builder.constant(np.array([1]))
            differences = [
                builder.node("Sub", [numbers, builder.constant(centroid[None, : self.read.numbers])])
                for centroid in self.centroids
            ]
            squares = [builder.node("ReduceSumSquare", [each, axis], keepdims=1) for each in differences]
            parts.append(builder.concatenate(squares))
        if self.read.categories:
            tables = []
            for table in category_tables(self.read, self.centroids.T):
                lengths = np.sum(table**2, axis=0)
                squares_of = lengths[None, :] - 2.0 * table + 1.0
                squares_of[0] = lengths
                tables.append(squares_of)
            parts.append(category_sum(builder, matrix, self.read, tables))
        return parts[0] if len(parts) == 1 else builder.node("Add", parts)

    def _cosine(self, builder: GraphBuilder, matrix: str) -> str:
        """Return 1 − cosine, and 1 for a row or a centroid of length 0."""
        lengths = np.linalg.norm(self.centroids, axis=1)
        directions = self.centroids / np.where(lengths > 0, lengths, 1.0)[:, None]
        products = weighted_sum(builder, matrix, self.read, directions.T)
        squares = []
        if self.read.numbers:
            numbers = standardised_numbers(builder, matrix, self.read)
            axis = builder.constant(np.array([1]))
            squares.append(builder.node("ReduceSumSquare", [numbers, axis], keepdims=1))
        if self.read.categories:
            ones = [np.ones((size + 1, 1)) for size in code_size(self.read)]
            for of_column in ones:
                of_column[0] = 0.0
            squares.append(category_sum(builder, matrix, self.read, ones))
        norm = builder.node("Sqrt", [squares[0] if len(squares) == 1 else builder.node("Add", squares)])
        none = builder.node("Equal", [norm, builder.constant(0.0)])
        safe = builder.node("Where", [none, builder.constant(1.0), norm])
        return builder.node("Sub", [builder.constant(1.0), builder.node("Div", [products, safe])])

    def rows(self, features: Sequence[Feature], *, standardised: bool) -> Iterator[dict[str, Json]]:
        """Return the rows of ML.CENTROIDS: numbers in their own units, or standardised; of categories the share
        of the members that has each.
        """
        by_name = {feature.name: feature for feature in features}
        for number, centroid in enumerate(self.centroids, 1):
            place = 0
            for code in self.read.codes:
                if code.kind is CodeKind.CATEGORY:
                    width = len(code.vocabulary)
                    shares = centroid[place : place + width]
                    names = category_labels(code, by_name[code.feature])
                    pairs = [(name, share) for name, share in zip(names, shares.tolist(), strict=True) if share]
                    yield _row(number, input_label(code), None, pairs)
                else:
                    width = code.width
                    part = slice(place, place + width)
                    values = centroid[part]
                    if not standardised:
                        values = values * self.read.scale[part] + self.read.center[part]
                    if code.kind is CodeKind.NUMBER:
                        yield _row(number, input_label(code), float(values[0]), [])
                    else:
                        names = category_labels(code, by_name[code.feature])
                        yield _row(number, input_label(code), None, list(zip(names, values.tolist(), strict=True)))
                place += width


def _row(number: int, feature: str, value: float | None, pairs: Sequence[tuple[str, float]]) -> dict[str, Json]:
    return {
        "centroid_id": number,
        "feature": feature,
        "numerical_value": value,
        "categorical_value": [{"category": name, "value": share} for name, share in pairs],
    }


class KMeans:
    """Clusters of rows around their means."""

    model_type = "kmeans"
    task = Task.CLUSTERING
    summary = (
        "K-means clustering of standardised numbers and one-hot categories by Lloyd's algorithm in NumPy, begun at "
        "random or by k-means++."
    )
    options: tuple[OptionSpec, ...] = (
        OptionSpec(
            "num_clusters",
            "integer",
            None,
            "How many clusters; by default 1 + log10 of the number of rows, rounded, and at least 2.",
            minimum=2,
            maximum=100,
            tunable=Tunable(2, 10),
        ),
        OptionSpec(
            "kmeans_init_method",
            "string",
            "RANDOM",
            "How the first centroids are chosen: RANDOM rows, KMEANS++ (rows far from each other), or CUSTOM: the rows "
            "where kmeans_init_col is TRUE.",
            choices=("RANDOM", "KMEANS++", "CUSTOM"),
        ),
        OptionSpec(
            INITIAL_COLUMN,
            "string",
            None,
            "The BOOL column that marks the first centroids of CUSTOM; never a feature.",
            names_column=True,
        ),
        OptionSpec(
            "distance_type",
            "string",
            EUCLIDEAN,
            "EUCLIDEAN, or COSINE: √(1 − cosine of the angle).",
            choices=(EUCLIDEAN, COSINE),
        ),
        OptionSpec(
            "standardize_features", "boolean", True, "Whether numbers are divided by their standard deviation first."
        ),
        OptionSpec("max_iterations", "integer", 20, "The most rounds.", minimum=1),
    )

    def fit(
        self,
        data: TrainingData,
        options: Mapping[str, OptionValue],
        progress: Progress,
        warm_start: WarmStart | None = None,
    ) -> FittedModel:
        """Fit by Lloyd's algorithm; raises InvalidOption for more clusters than rows, or marked rows that are not
        as many as the clusters.
        """
        earlier = _earlier(warm_start, options) if warm_start else None
        cosine = options["distance_type"] == COSINE
        scaled = options["standardize_features"] is True
        # Without scaling, taking the mean off changes no Euclidean distance and saves digits; it would turn angles.
        read = (
            earlier.read
            if earlier
            else linear_input(
                data.columns, data.features, centred=scaled or not cosine, scaled=scaled, threads=data.threads
            )
        )
        design = design_of(data.columns, data.features, read, [0] * len(read.categories), data.threads)
        geometry = Geometry(cosine)
        start = earlier.centroids if earlier else _start(design, data, options, geometry)
        least = number_of(options, "min_rel_progress") if options["early_stop"] else None
        before: tuple[Iteration, ...] = tuple(warm_start.iterations) if warm_start else ()
        told: list[Json] = list(warm_start.details["cluster_info"]) if warm_start else []
        watch = _Watch(progress, int(number_of(options, "max_iterations")), before, told)
        found = lloyd(
            design,
            start,
            geometry,
            most=watch.most,
            least_progress=least,
            threads=data.threads,
            seen=watch.round,
        )
        clusters = Clusters(read, found.centroids, cosine)
        # The direction that scores is a mean of rows of length 1; people are shown the means of the rows.
        shown = Clusters(read, member_means(design, found, data.threads), cosine) if cosine else clusters
        details = _details(clusters, shown, found, data, watch)
        metrics, strangeness = _judged(design, geometry, found.centroids, details, data.threads)
        return FittedModel(
            clusters.graph(data.features), tuple(watch.rows), details, metrics=metrics, strangeness=strangeness
        )


def _earlier(warm_start: WarmStart, options: Mapping[str, OptionValue]) -> Clusters:
    """Return the clusters to go on from; raises InvalidOption for options that ask for others."""
    earlier = clusters_from_json(warm_start.details)
    check_unchanged("num_clusters", len(earlier.centroids), options["num_clusters"])
    check_unchanged("distance_type", COSINE if earlier.cosine else EUCLIDEAN, options["distance_type"])
    before = warm_start.options["standardize_features"]
    check_unchanged("standardize_features", before, options["standardize_features"])
    return earlier


def _start(design: Design, data: TrainingData, options: Mapping[str, OptionValue], geometry: Geometry) -> Floats:
    given = options["num_clusters"]
    count = int(number_of(options, "num_clusters")) if given else max(2, 1 + round(math.log10(design.rows)))
    if count > design.rows:
        raise UntrainableModel.of(
            f"The training query gives {design.rows:,} row{'s' if design.rows > 1 else ''} for {count} clusters.",
            hint="Ask for fewer with num_clusters.",
            option="num_clusters",
        )
    method = options["kmeans_init_method"]
    if method == "CUSTOM":
        return design.dense_rows(_marked(data, count if given else None))
    random = np.random.default_rng(data.seed)
    # A query without ORDER BY gives its rows in any order; the same rows begin the same clusters all the same.
    prints = row_fingerprints(data.columns)
    if method == "RANDOM":
        return random_rows(design, count, random, prints)
    return spread_rows(design, count, geometry, random, np.argsort(prints, kind="stable"), data.threads)


def _marked(data: TrainingData, count: int | None) -> NDArray[np.int64]:
    named = data.named.get(INITIAL_COLUMN)
    column = None if named is None else named.column(0)
    if column is None or not pa.types.is_boolean(column.type):
        raise InvalidOption.of(
            "kmeans_init_method = 'CUSTOM' needs a column of BOOL that marks the first centroids.",
            hint="Name it with kmeans_init_col.",
            option=INITIAL_COLUMN if named else "kmeans_init_method",
        )
    marked = np.flatnonzero(column.fill_null(False).to_numpy())
    if not 2 <= len(marked) <= 100 or (count is not None and len(marked) != count):
        wanted = "2 to 100" if count is None else str(count)
        message = f"kmeans_init_col marks {len(marked):,} row{'' if len(marked) == 1 else 's'}; it must mark {wanted}."
        raise InvalidOption.of(message, option=INITIAL_COLUMN)
    return marked


class _Watch:
    """Writes the rounds down as they are done."""

    def __init__(self, progress: Progress, most: int, before: tuple[Iteration, ...], told: list[Json]) -> None:
        self.most = most
        self.rows = list(before)
        self.clusters = told
        self._progress = progress
        self._run = before[-1].training_run + 1 if before else 0
        self._first = len(before)
        self._since = time.perf_counter()

    def round(self, state: Round) -> None:
        now = time.perf_counter()
        spent, self._since = round((now - self._since) * 1000), now
        number = len(self.rows) - self._first
        self.rows.append(Iteration(self._run, number, state.loss, None, None, spent))
        sizes_and_radii = zip(state.sizes(), state.radii(), strict=True)
        self.clusters.append(
            [
                {"centroid_id": place, "cluster_radius": radius, "cluster_size": size}
                for place, (size, radius) in enumerate(sizes_and_radii, 1)
            ]
        )
        self._progress(number + 1, self.most, f"mean squared distance {state.loss:.6g}")


def _details(clusters: Clusters, shown: Clusters, found: Round, data: TrainingData, watch: _Watch) -> dict[str, Json]:
    return {
        "encoding": encoding_of(clusters.read),
        "features": [asdict(feature) for feature in data.features],
        "clusters": {
            **clusters.read.as_json(),
            "centroids": clusters.centroids.tolist(),
            "cosine": clusters.cosine,
            "radii": found.radii(),
            "apart": apart(clusters.centroids, Geometry(clusters.cosine)),
        },
        "centroids": list(shown.rows(data.features, standardised=False)),
        "standardized_centroids": list(shown.rows(data.features, standardised=True)),
        "cluster_info": watch.clusters,
    }


def _judged(
    design: Design, geometry: Geometry, centroids: Floats, details: Mapping[str, Json], threads: int
) -> tuple[dict[str, float | None], Floats]:
    """Return the metrics of the training rows and how strange each of them is, (n,)."""
    apart = np.array(details["clusters"]["apart"])
    measure, strangeness = ClusteringMetrics(apart), np.empty(design.rows)
    step = max(1, _DISTANCES // len(centroids))

    def of_block(begin: int) -> ClusteringMetrics:
        end, of_rows = min(begin + _BLOCK, design.rows), ClusteringMetrics(apart)
        for first in range(begin, end, step):
            last = min(first + step, end)
            found = distances(design.part(first, last), centroids, geometry)
            strangeness[first:last] = normalized_distances(details, found)[0]
            of_rows.add_distances(found)
        return of_rows

    for of_rows in each(of_block, range(0, design.rows, _BLOCK), threads):
        measure.merge(of_rows)
    return {name: value if value == value else None for name, value in measure.result().items()}, strangeness


def clusters_from_json(details: Mapping[str, Json]) -> Clusters:
    """Return the clusters of an artifact's details."""
    raw = details["clusters"]
    return Clusters(input_from_json(details["encoding"], raw), np.array(raw["centroids"], np.float64), raw["cosine"])


def normalized_distances(details: Mapping[str, Json], distances: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Return of each row the least distance over the radius of the cluster, and the number of that cluster, from
    1. `distances` has shape (n, k).

    A cluster whose rows are all alike has no radius: what is not one of them is infinitely far.
    """
    radii = np.array(details["clusters"]["radii"])
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.where(radii > 0, distances / radii, np.where(distances > 0, np.inf, 0.0))
    nearest = np.argmin(relative, axis=1)
    return relative[np.arange(len(relative)), nearest], nearest + 1
