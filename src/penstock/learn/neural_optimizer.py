"""The steps by which neural networks learn, each over all numbers of a part of the network at once.

Their constants are TensorFlow's, on which BigQuery ML's figures rest. Tensors are PyTorch's, whose own optimisers
are not used: FTRL is not among them, and they go tensor by tensor.
"""

from __future__ import annotations

import math
from typing import Any, Protocol

from penstock.core.errors import InternalError

Tensor = Any
_START = 0.1


class Optimizer(Protocol):
    rate: float

    def step(self, values: Tensor, slope: Tensor) -> None:
        """Change `values` in place by the slope of the loss there; both have shape (n,)."""
        ...


class Adam:
    """D. Kingma, J. Ba, Adam: A Method for Stochastic Optimization (2015)."""

    def __init__(self, rate: float, values: Tensor) -> None:
        self.rate, self._steps = rate, 0
        self._mean, self._square = values.new_zeros(values.shape), values.new_zeros(values.shape)

    def step(self, values: Tensor, slope: Tensor) -> None:
        self._steps += 1
        self._mean.mul_(0.9).add_(slope, alpha=0.1)
        self._square.mul_(0.999).addcmul_(slope, slope, value=0.001)
        rate = self.rate * math.sqrt(1.0 - 0.999**self._steps) / (1.0 - 0.9**self._steps)
        values.addcdiv_(self._mean, self._square.sqrt().add_(1e-8), value=-rate)


class RmsProp:
    """T. Tieleman, G. Hinton, Lecture 6.5 — RMSProp (2012)."""

    def __init__(self, rate: float, values: Tensor) -> None:
        self.rate = rate
        self._square = values.new_ones(values.shape)

    def step(self, values: Tensor, slope: Tensor) -> None:
        self._square.mul_(0.9).addcmul_(slope, slope, value=0.1)
        values.addcdiv_(slope, self._square.add(1e-10).sqrt_(), value=-self.rate)


class Descent:
    """Stochastic gradient descent; the penalties are applied after each step (J. Duchi, Y. Singer, Efficient
    Online and Batch Learning Using Forward Backward Splitting, 2009).
    """

    def __init__(self, rate: float, penalty: Penalty) -> None:
        self.rate, self._penalty = rate, penalty

    def step(self, values: Tensor, slope: Tensor) -> None:
        values.add_(slope, alpha=-self.rate)
        self._penalty.shrink(values, self.rate)


class Adagrad:
    """J. Duchi, E. Hazan, Y. Singer, Adaptive Subgradient Methods for Online Learning (2011), proximal."""

    def __init__(self, rate: float, penalty: Penalty, values: Tensor) -> None:
        self.rate, self._penalty = rate, penalty
        self._square = values.new_full(values.shape, _START)

    def step(self, values: Tensor, slope: Tensor) -> None:
        self._square.addcmul_(slope, slope)
        rates = self._square.rsqrt().mul_(self.rate)
        values.addcmul_(slope, rates, value=-1.0)
        self._penalty.shrink(values, rates)


class Ftrl:
    """Follow the regularised leader, per coordinate: H. B. McMahan and others, Ad Click Prediction: a View from
    the Trenches (2013), algorithm 1 with β = 0 and squares that start at 0.1.
    """

    def __init__(self, rate: float, penalty: Penalty, values: Tensor) -> None:
        self.rate, self._penalty = rate, penalty
        self._square = values.new_full(values.shape, _START)
        # The leader of no slopes yet is where training begins.
        self._linear = values * (-math.sqrt(_START) / rate)

    def step(self, values: Tensor, slope: Tensor) -> None:
        before = self._square.sqrt()
        self._square.addcmul_(slope, slope)
        after = self._square.sqrt()
        self._linear.add_(slope).addcmul_((after - before).div_(self.rate), values, value=-1.0)
        held = self._penalty.held
        curve = after.div_(self.rate)
        if self._penalty.none:
            values.copy_(self._linear).div_(curve).neg_()
            return
        curve[:held] += self._penalty.l2
        values.copy_(self._linear)
        penalised = values[:held]
        penalised.copy_(penalised.sign() * (penalised.abs() - self._penalty.l1).clamp_(min=0.0))
        values.div_(curve).neg_()


class Penalty:
    """What draws the first `held` numbers to 0: λ₁ Σ |w| + λ₂/2 Σ w². The others, the biases, are free."""

    def __init__(self, l1: float, l2: float, held: int) -> None:
        self.l1, self.l2, self.held = l1, l2, held

    @property
    def none(self) -> bool:
        return not self.l1 and not self.l2

    def shrink(self, values: Tensor, rate: Tensor | float) -> None:
        """Apply the penalties to `values` in place after a step of size `rate`, one for all or one for each."""
        if self.none:
            return
        held = values[: self.held]
        rates = rate if isinstance(rate, float) else rate[: self.held]
        held.copy_(held.sign() * (held.abs() - rates * self.l1).clamp_(min=0.0) / (1.0 + rates * self.l2))


def optimizer(name: str, rate: float, penalty: Penalty, values: Tensor) -> Optimizer:
    """Return the optimiser of a name of OPTIMIZERS for numbers that begin as `values`, shape (n,)."""
    match name:
        case "ADAM":
            return Adam(rate, values)
        case "RMSPROP":
            return RmsProp(rate, values)
        case "SGD":
            return Descent(rate, penalty)
        case "ADAGRAD":
            return Adagrad(rate, penalty, values)
        case "FTRL":
            return Ftrl(rate, penalty, values)
        case _:
            raise InternalError(f"There is no optimizer {name!r}.")
