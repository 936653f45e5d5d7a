"""Models that AutoGluon fitted, from the files of their own libraries: trees of LightGBM's text, which merge."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np

from penstock.core.errors import UntrainableModel
from penstock.learn.automl import oblivious_tree, xgboost_block

# AutoGluon's words for the libraries whose files are read.
LIGHTGBM, CATBOOST, XGBOOST = "GBM", "CAT", "XGB"
# What LightGBM says of a class that no row has: the log of its least probability.
_OF_NO_ROW = float(np.log(1e-15))


def tree_bodies(
    family: str, content: str, features: Sequence[int], outputs: int, rows: int, rate: float | None
) -> list[str]:
    """Return the trees of a file, one an output in turn, without the line of their number.

    `features` are the matrix columns that the model reads, in its own order; `rows` is how many it was fitted on,
    `rate` its learning rate. Raises UntrainableModel for what is no such file.
    """
    try:
        if family == LIGHTGBM:
            bodies = _of_lightgbm(content)
        elif family == CATBOOST:
            bodies = oblivious_tree.tree_blocks(json.loads(content), outputs, rate or 1.0)
        else:
            bodies = xgboost_block.tree_blocks(json.loads(content), outputs, rows)
        if not bodies or len(bodies) % outputs:
            raise ValueError(f"{len(bodies)} trees of {outputs} outputs")
        return [_renumbered(body, features) for body in bodies]
    except (KeyError, TypeError, ValueError, IndexError) as problem:
        raise UntrainableModel.of(f"its file cannot be read: {problem!r}") from problem


def of_all_classes(bodies: Sequence[str], present: Sequence[int], classes: int) -> list[str]:
    """Return trees of the classes that rows have, `present`, with those of the others between them, which say never."""
    found: list[str] = []
    for begin in range(0, len(bodies), len(present)):
        own = dict(zip(present, bodies[begin : begin + len(present)], strict=True))
        never = _constant(0.0 if begin else _OF_NO_ROW)
        found += [own.get(number, never) for number in range(classes)]
    return found


def _of_lightgbm(text: str) -> list[str]:
    bodies = []
    for block in text.split("\nend of trees", 1)[0].split("\nTree=")[1:]:
        body = block.split("\n", 1)[1].rstrip("\n")
        lines = body.split("\n")
        if "num_cat=0" not in lines or "is_linear=1" in lines:
            raise ValueError("a tree with splits on categories, or with lines in its leaves")
        bodies.append(body)
    return bodies


def _renumbered(body: str, features: Sequence[int]) -> str:
    lines = []
    for line in body.split("\n"):
        name, _, values = line.partition("=")
        own = " ".join(str(features[int(value)]) for value in values.split()) if name == "split_feature" else values
        lines.append(f"{name}={own}")
    return "\n".join(lines)


def _constant(value: float) -> str:
    return f"num_leaves=1\nnum_cat=0\nleaf_value={value!r}\nis_linear=0\nshrinkage=1"
