"""The activation functions of neural networks: their values, their slopes and their ONNX nodes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from penstock.core.errors import InternalError
from penstock.learn.graph import GraphBuilder

Floats = NDArray[np.float64]
ACTIVATIONS = ("RELU", "RELU6", "CRELU", "ELU", "SELU", "SIGMOID", "TANH")
# A layer without an activation function.
LINEAR = "LINEAR"
# G. Klambauer and others, Self-Normalizing Neural Networks (2017).
SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def width_after(activation: str, units: int) -> int:
    """Return how many values a layer hands on."""
    return 2 * units if activation == "CRELU" else units


def value_of(activation: str, sums: Floats) -> Floats:
    """Return what the units give for their sums, (n, units), or (n, 2 · units) of CRELU."""
    match activation:
        case "RELU":
            return np.maximum(sums, 0.0)
        case "RELU6":
            return np.clip(sums, 0.0, 6.0)
        case "CRELU":
            return np.concatenate([np.maximum(sums, 0.0), np.maximum(-sums, 0.0)], axis=1)
        case "ELU":
            return np.where(sums > 0, sums, np.expm1(np.minimum(sums, 0.0)))
        case "SELU":
            negative = SELU_ALPHA * np.expm1(np.minimum(sums, 0.0))
            return np.asarray(SELU_SCALE * np.where(sums > 0, sums, negative))
        case "SIGMOID":
            small = np.exp(-np.abs(sums))
            return np.asarray(np.where(sums >= 0, 1.0, small) / (1.0 + small))
        case "TANH":
            return np.tanh(sums)
        case _:
            return sums


def slope_before(activation: str, sums: Floats, slope: Floats) -> Floats:
    """Return the derivative by the sums, (n, units), of something whose derivative by the values is `slope`."""
    match activation:
        case "RELU":
            return slope * (sums > 0)
        case "RELU6":
            return slope * ((sums > 0) & (sums < 6))
        case "CRELU":
            units = sums.shape[1]
            return np.asarray(slope[:, :units] * (sums > 0) - slope[:, units:] * (sums < 0))
        case "ELU":
            return np.asarray(slope * np.exp(np.minimum(sums, 0.0)))
        case "SELU":
            steep = np.where(sums > 0, 1.0, SELU_ALPHA * np.exp(np.minimum(sums, 0.0)))
            return np.asarray(slope * SELU_SCALE * steep)
        case "SIGMOID":
            value = value_of(activation, sums)
            return np.asarray(slope * value * (1.0 - value))
        case "TANH":
            return np.asarray(slope * (1.0 - np.tanh(sums) ** 2))
        case _:
            return slope


def graph_of(builder: GraphBuilder, activation: str, sums: str) -> str:
    """Return the tensor of `value_of`."""
    match activation:
        case "RELU":
            return builder.node("Relu", [sums])
        case "RELU6":
            return builder.node("Min", [builder.node("Relu", [sums]), builder.constant(6.0)])
        case "CRELU":
            turned = builder.node("Relu", [builder.node("Neg", [sums])])
            return builder.concatenate([builder.node("Relu", [sums]), turned])
        case "ELU":
            return _elu(builder, sums, 1.0)
        case "SELU":
            return builder.node("Mul", [_elu(builder, sums, SELU_ALPHA), builder.constant(SELU_SCALE)])
        case "SIGMOID":
            return builder.node("Sigmoid", [sums])
        case "TANH":
            return builder.node("Tanh", [sums])
        case "LINEAR":
            return sums
        case _:
            raise InternalError(f"There is no activation {activation!r}.")


def _elu(builder: GraphBuilder, sums: str, alpha: float) -> str:
    """Return max(x, 0) + alpha (exp(min(x, 0)) − 1): onnxruntime's own Elu knows no float64."""
    below = builder.node("Exp", [builder.node("Min", [sums, builder.constant(0.0)])])
    under = builder.node("Mul", [builder.node("Sub", [below, builder.constant(1.0)]), builder.constant(alpha)])
    return builder.node("Add", [builder.node("Relu", [sums]), under])
