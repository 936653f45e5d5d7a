"""What a version was made by, beside its query and its tables: kept with the version, read to train it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from penstock.core.options import GivenOption
from penstock.engine.training_data import NewestRows
from penstock.project.model import ModelSpec

# No option of a model has a name that begins like these.
HELD_OUT = "__newest_rows"
WARM = "__warm_start_from"


@dataclass(frozen=True)
class Recipe:
    """The options as they were given, which rows were held out for a goal, and the version that was gone on from."""

    options: Mapping[str, GivenOption]
    newest: NewestRows | None
    warm_start_from: int | None


def recipe_of(spec: ModelSpec, newest: NewestRows | None, warm_start_from: int | None) -> dict[str, object]:
    """Return the recipe as JSON."""
    recipe: dict[str, object] = {key: option.value for key, option in spec.options.items()}
    if newest is not None:
        seconds = None if newest.window is None else newest.window.total_seconds()
        recipe[HELD_OUT] = {"time_column": newest.time_column, "window_seconds": seconds}
    if warm_start_from is not None:
        recipe[WARM] = warm_start_from
    return recipe


def read_recipe(recipe: Mapping[str, Any]) -> Recipe:
    """Return what `recipe_of` has written."""
    held_out = recipe.get(HELD_OUT)
    newest = None
    if held_out is not None:
        seconds = held_out["window_seconds"]
        newest = NewestRows(held_out["time_column"], None if seconds is None else timedelta(seconds=seconds))
    options = {key: GivenOption(value) for key, value in recipe.items() if key not in (HELD_OUT, WARM)}
    return Recipe(options, newest, recipe.get(WARM))
