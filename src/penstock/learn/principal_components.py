"""Principal component analysis."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.core.errors import InvalidOption, UntrainableModel
from penstock.core.options import OptionSpec, OptionValue
from penstock.core.parallel import each
from penstock.learn.blas import rows_alone
from penstock.learn.encoding import CodeKind
from penstock.learn.feature_column import select_features
from penstock.learn.graph import GraphBuilder
from penstock.learn.learner import FittedModel, Iteration, Progress, TrainingData, WarmStart
from penstock.learn.linear_design import Design, design_of
from penstock.learn.linear_input import (
    LinearInput,
    category_labels,
    encoding_of,
    input_from_json,
    input_label,
    linear_input,
)
from penstock.learn.linear_sum import weighted_sum
from penstock.learn.schema import Feature, Task, features_from_json

Floats = NDArray[np.float64]
Json = Any
COUNT, RATIO = "num_principal_components", "pca_explained_variance_ratio"
EXPLAINED = "total_explained_variance_ratio"
# Rows looked at in one go: they stay in the cache.
_BLOCK = 8_192
# From this width on AUTO takes the randomised solver, whose cost grows with the components asked for alone.
_WIDE = 1000


@dataclass(frozen=True)
class Components:
    """`loadings` has shape (width of the design, components), orthonormal columns, the greatest eigenvalue first;
    `total` is the trace of the decomposed matrix.
    """

    read: LinearInput
    loadings: Floats
    eigenvalues: Floats
    total: float

    def graph(self, features: Sequence[Feature]) -> bytes:
        """Return the ONNX model from raw columns to `components`, [n, k]."""
        builder = GraphBuilder(features)
        scores = weighted_sum(builder, builder.matrix(self.read.codes), self.read, self.loadings)
        return builder.finish(scores, "components", self.loadings.shape[1])

    def rows(self, features: Sequence[Feature]) -> Iterator[dict[str, Json]]:
        """Return the rows of ML.PRINCIPAL_COMPONENTS."""
        by_name = {feature.name: feature for feature in features}
        for number, loading in enumerate(self.loadings.T):
            place = 0
            for code in self.read.codes:
                width = len(code.vocabulary) if code.kind is CodeKind.CATEGORY else code.width
                values = loading[place : place + width].tolist()
                place += width
                single = code.kind is CodeKind.NUMBER
                names = () if single else category_labels(code, by_name[code.feature])
                pairs = zip(names, values, strict=False)
                yield {
                    "principal_component_id": number,
                    "feature": input_label(code),
                    "numerical_value": values[0] if single else None,
                    "categorical_value": [{"category": name, "value": value} for name, value in pairs],
                }

    def infos(self) -> Iterator[dict[str, Json]]:
        """Return the rows of ML.PRINCIPAL_COMPONENT_INFO; the ratios are of the total variance."""
        ratios = self.eigenvalues / self.total
        for number, (value, ratio, so_far) in enumerate(
            zip(self.eigenvalues.tolist(), ratios.tolist(), np.cumsum(ratios).tolist(), strict=True)
        ):
            yield {
                "principal_component_id": number,
                "eigenvalue": value,
                "explained_variance_ratio": ratio,
                "cumulative_explained_variance_ratio": so_far,
            }


class PrincipalComponents:
    """The directions in which rows differ most."""

    model_type = "pca"
    task = Task.DIMENSION_REDUCTION
    summary = (
        "Principal component analysis of centred numbers and one-hot categories by the eigenvectors of XᵀX / (n − 1): "
        "LAPACK through NumPy, or ARPACK of SciPy for very wide tables."
    )
    options: tuple[OptionSpec, ...] = (
        OptionSpec(COUNT, "integer", None, "How many components are kept.", minimum=1),
        OptionSpec(
            RATIO,
            "number",
            None,
            "Keep as many components as explain this share of the variance.",
            minimum=0,
            maximum=1,
            exclusive=True,
        ),
        OptionSpec("scale_features", "boolean", True, "Whether numbers are divided by their standard deviation first."),
        OptionSpec(
            "pca_solver",
            "string",
            "AUTO",
            "FULL finds all components, RANDOMIZED only those that num_principal_components asks for; AUTO takes FULL "
            f"up to {_WIDE:,} columns.",
            choices=("FULL", "RANDOMIZED", "AUTO"),
        ),
    )

    def fit(
        self,
        data: TrainingData,
        options: Mapping[str, OptionValue],
        progress: Progress,
        warm_start: WarmStart | None = None,  # noqa: ARG002
    ) -> FittedModel:
        """Fit; raises InvalidOption unless exactly one of the two options that say how many is given."""
        if (options[COUNT] is None) == (options[RATIO] is None):
            both = "; both were given" if options[COUNT] is not None else ""
            hint = "Leave one of them out." if both else f"For instance {COUNT} = 3, or {RATIO} = 0.9."
            raise InvalidOption.of(f"A PCA needs either {COUNT} or {RATIO}{both}.", hint=hint, option=RATIO)
        if data.columns.num_rows < 2:
            raise UntrainableModel.of("A PCA needs at least two rows.")
        since = time.perf_counter()
        read = linear_input(data.columns, data.features, scaled=options["scale_features"] is True, threads=data.threads)
        design = design_of(data.columns, data.features, read, [0] * len(read.categories), data.threads)
        matrix = design.gram(None) / (design.rows - 1)
        total = float(np.trace(matrix))
        if total <= 0:
            raise UntrainableModel.of("Every row is the same; there is no direction in which they differ.")
        eigenvalues, loadings = _decomposed(matrix, options, total, data.seed)
        found = Components(read, _signed(loadings), eigenvalues, total)
        progress(1, 1, f"{len(eigenvalues)} components, {eigenvalues.sum() / total:.1%} of the variance")
        lost = max(0.0, 1.0 - float(eigenvalues.sum()) / total)
        spent = round((time.perf_counter() - since) * 1000)
        return FittedModel(
            found.graph(data.features),
            (Iteration(0, 0, lost, None, None, spent),),
            _details(found, data),
            metrics={EXPLAINED: 1.0 - lost},
            strangeness=_lost(design, found.loadings, data.threads) / len(data.features),
        )


def _decomposed(matrix: Floats, options: Mapping[str, OptionValue], total: float, seed: int) -> tuple[Floats, Floats]:
    """Return eigenvalues (k,) and eigenvectors (width, k), the greatest first."""
    width, count, ratio = len(matrix), options[COUNT], options[RATIO]
    solver = options["pca_solver"]
    if isinstance(count, int) and count > width:
        raise InvalidOption.of(
            f"{COUNT} = {count}, but the features make {width} columns.", hint="Ask for fewer.", option=COUNT
        )
    partial = solver == "RANDOMIZED" or (solver == "AUTO" and width > _WIDE)
    if partial and isinstance(count, int) and count < width - 1:
        from scipy.sparse.linalg import eigsh

        start = np.random.default_rng(seed).normal(size=width)
        values, vectors = eigsh(matrix, k=count, which="LA", v0=start)
    else:
        values, vectors = np.linalg.eigh(matrix)
    order = np.argsort(-values, kind="stable")
    values, vectors = np.maximum(values[order], 0.0), vectors[:, order]
    if isinstance(count, int):
        kept = count
    else:
        assert isinstance(ratio, float)
        kept = min(int(np.searchsorted(np.cumsum(values) / total, ratio - 1e-12)) + 1, width)
    return values[:kept], np.ascontiguousarray(vectors[:, :kept])


def _signed(loadings: Floats) -> Floats:
    """Return the eigenvectors with the sign that makes the largest entry of each positive, since either would do."""
    largest = np.argmax(np.abs(loadings), axis=0)
    signed: Floats = loadings * np.sign(loadings[largest, np.arange(loadings.shape[1])])
    return signed


def _details(found: Components, data: TrainingData) -> dict[str, Json]:
    return {
        "encoding": encoding_of(found.read),
        "features": [asdict(feature) for feature in data.features],
        "components": {
            **found.read.as_json(),
            "loadings": found.loadings.tolist(),
            "eigenvalues": found.eigenvalues.tolist(),
            "total": found.total,
        },
        "principal_components": list(found.rows(data.features)),
        "principal_component_info": list(found.infos()),
    }


def reconstruction(
    details: Mapping[str, Json], columns: pa.RecordBatch | pa.Table, scores: Floats
) -> tuple[Floats, Floats]:
    """Return of each row the squared distance to what its components give back, over all encoded columns, and its
    squared length, both of shape (n,).

    `scores` is what the graph gave for the same rows. The loadings are orthonormal, so the distance is
    |x|² − |scores|².
    """
    features = features_from_json(details["features"])
    read = input_from_json(details["encoding"], details["components"])
    design = design_of(select_features(columns, features), features, read, [0] * len(read.categories))
    lengths = design.squared_norms()
    return np.maximum(lengths - np.einsum("ij,ij->i", scores, scores), 0.0), lengths


def _lost(design: Design, loadings: Floats, threads: int) -> Floats:
    """Return of each row the squared distance to what its components give back, shape (n,)."""
    lost = design.squared_norms()
    alone = rows_alone(design.numbers.shape[1] * loadings.shape[1])
    step = min(alone or _BLOCK, _BLOCK)

    def of_block(begin: int) -> None:
        part = slice(begin, begin + step)
        scores = design.part(begin, begin + step).dot(loadings)
        lost[part] -= np.einsum("ij,ij->i", scores, scores)

    each(of_block, range(0, design.rows, step), threads if alone else 1)
    return np.maximum(lost, 0.0, out=lost)
