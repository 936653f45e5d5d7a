"""What neural networks are trained for: a class, or a number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.learn.neural_training import Batch

Floats = NDArray[np.float64]
Tensor = Any


class NumberGoal:
    """The squared error, or the absolute one; `target` has shape (n,), `weights` as well or is None."""

    def __init__(self, torch: Any, target: Floats, weights: Floats | None, *, absolute: bool = False) -> None:
        self._absolute = absolute
        self._target = torch.from_numpy(target.astype(np.float32))
        self._weights = None if weights is None else torch.from_numpy(weights.astype(np.float32))

    def loss(self, outputs: Sequence[Tensor], batch: Batch) -> Tensor:
        error = outputs[-1][:, 0] - self._target[batch.chosen]
        losses = error.abs() if self._absolute else error * error
        return losses if self._weights is None else losses * self._weights[batch.chosen]


class ClassGoal:
    """The log loss; `target` holds the numbers of the classes, (n,).

    `binary` says that the only output is the log odds of the second class; else each class has its logit.
    """

    def __init__(self, torch: Any, target: Floats, weights: Floats | None, *, binary: bool) -> None:
        self._functional, self._binary = torch.nn.functional, binary
        self._target = torch.from_numpy(target.astype(np.float32 if binary else np.int64))
        self._weights = None if weights is None else torch.from_numpy(weights.astype(np.float32))

    def loss(self, outputs: Sequence[Tensor], batch: Batch) -> Tensor:
        wanted, given = self._target[batch.chosen], outputs[-1]
        if self._binary:
            losses = self._functional.binary_cross_entropy_with_logits(given[:, 0], wanted, reduction="none")
        else:
            losses = self._functional.cross_entropy(given, wanted, reduction="none")
        return losses if self._weights is None else losses * self._weights[batch.chosen]
