"""One small model of trees that says what an ensemble says: fitted to the ensemble's answers, on rows and near them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.learn.booster import BinnedRows, Booster, new_booster
from penstock.learn.encoding import ColumnCode
from penstock.learn.feature_column import array_of, rows_of
from penstock.learn.learner import TrainingData
from penstock.learn.matrix import MatrixEncoder
from penstock.learn.tree_graph import Link, TreeOutput
from penstock.learn.tree_matrix import native_columns
from penstock.learn.tree_options import NATIVE

Floats = NDArray[np.float64]
# What an ensemble says of rows of features, (n, outputs), in the space of its link.
Teacher = Callable[[pa.Table], Floats]
ROUNDS = 200
# As many rows as an ensemble answers in little time, a share of them made; a made row has this share of its values from
# another row.
_MOST_ROWS, _LEAST_ROWS, _SWAPPED = 40_000, 4_000, 0.2
_GROWTH = {
    "learning_rate": 0.1,
    "num_leaves": 31,
    "min_data_in_leaf": 10,
    "cat_smooth": 10.0,
    "verbosity": -1,
    "deterministic": True,
    "force_row_wise": True,
    "feature_pre_filter": False,
}


@dataclass(frozen=True)
class Pupil:
    """The trees that learnt, and the threads that work with them."""

    booster: Booster
    threads: int

    @property
    def rounds(self) -> int:
        """The rounds that there was time for."""
        return self.booster.rounds

    def text(self, rounds: int) -> str:
        """Return the trees of the first rounds in LightGBM's format."""
        return self.booster.text(rounds)

    def raw(self, matrix: Floats, rounds: int) -> Floats:
        """Return what the first rounds say of encoded rows, (n, outputs)."""
        return self.booster.predict(matrix, rounds=rounds, threads=self.threads)


def distilled(
    teacher: Teacher,
    data: TrainingData,
    codes: tuple[ColumnCode, ...],
    link: Link,
    outputs: int,
    constraints: Mapping[str, Any],
    goes_on: Callable[[], bool],
) -> Pupil:
    """Return trees fitted to what `teacher` says of the rows of `data` and of copies with values of other rows in them.

    `constraints` are parameters of LightGBM that hold of all trees.

    Buciluă et al. 2006, «Model compression», whose made-up rows these are in a simpler way; of probabilities they
    lessen the cross entropy to the teacher's, as in Hinton et al. 2015, «Distilling the knowledge in a neural network».
    """
    columns = _examples(data)
    said = teacher(columns)
    matrix = MatrixEncoder(data.features, codes).encode(columns)
    native = native_columns(codes, NATIVE)
    parameters: dict[str, Any] = {
        **_GROWTH,
        **constraints,
        **({"categorical_feature": native} if native else {}),
        "objective": {Link.IDENTITY: "regression", Link.LOGISTIC: "cross_entropy"}.get(link, "multiclass"),
        **({"num_class": outputs} if outputs > 1 else {}),
        "seed": data.seed % 2**31,
        "num_threads": data.threads,
    }
    target = said[:, 0] if outputs == 1 else np.argmax(said, axis=1).astype(np.float64)
    if link is Link.LOGISTIC:
        target = TreeOutput(link).scores(said)[:, 1]
    table = pa.table([pa.array(column) for column in matrix.T], names=[str(place) for place in range(matrix.shape[1])])
    rows = BinnedRows(table, target, None, parameters)
    booster = new_booster({**parameters, "num_iterations": ROUNDS}, rows, [])
    if outputs == 1:
        _grow(booster, booster.grow, goes_on)
    else:
        wanted = TreeOutput(link).scores(said)
        booster.forget_objective()
        _grow(booster, lambda: booster.grow_by(*_slopes(booster, wanted)), goes_on)
    return Pupil(booster, data.threads)


def _grow(booster: Booster, grow: Callable[[], None], goes_on: Callable[[], bool]) -> None:
    for done in range(1, ROUNDS + 1):
        grow()
        if booster.rounds < done or not goes_on():
            break


def _slopes(booster: Booster, wanted: Floats) -> tuple[Floats, Floats]:
    """Return the derivatives of the cross entropy of a softmax to the wanted shares of the classes."""
    shares = TreeOutput(Link.SOFTMAX).scores(booster.raw(0))
    classes = shares.shape[1]
    return shares - wanted, classes / (classes - 1) * np.maximum(shares * (1 - shares), 1e-6)


def _examples(data: TrainingData) -> pa.Table:
    random = np.random.default_rng(data.seed)
    count = len(data.target)
    columns = data.columns.select([feature.name for feature in data.features])
    if count > _MOST_ROWS // 2:
        columns = rows_of(columns, random.choice(count, _MOST_ROWS // 2, replace=False))
        count = columns.num_rows
    made = max(count, _LEAST_ROWS)
    own = random.integers(count, size=made)
    swapped = []
    for column in columns.columns:
        other = random.integers(count, size=made)
        taken = np.where(random.random(made) < _SWAPPED, other, own)
        swapped.append(column.take(array_of(taken)))
    return pa.concat_tables([columns, pa.table(swapped, schema=columns.schema)])
