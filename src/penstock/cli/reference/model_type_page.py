"""The page of the model types and their options."""

from __future__ import annotations

from penstock.cli.reference.markdown import options_table, page
from penstock.core.options import Tunable
from penstock.learn.learner import Learner, ModelType
from penstock.learn.registry import learners, model_types
from penstock.learn.schema import TRAINED
from penstock.learn.shared_options import SHARED_OPTIONS, option_specs
from penstock.learn.tuning_objective import objectives_of

ABOUT = """
The option `model_type` of [CREATE MODEL](model.md) names one of these. Names, defaults and meanings of the options are
BigQuery ML's where it has them. A package may add types of its own through the entry point `penstock.learners`.
"""
ABOUT_SHARED = "Every model type has these, unless its own section says otherwise."


def model_type_page() -> str:
    """Return the page."""
    sections = [part for learner in learners().values() for part in _section(learner)]
    made = {name: found for name, found in model_types().items() if found.task not in TRAINED}
    elsewhere = [part for found in made.values() for part in _elsewhere(found)]
    return page(
        "# Model types",
        ABOUT,
        "## Options of every type",
        ABOUT_SHARED,
        options_table(SHARED_OPTIONS),
        *sections,
        *elsewhere,
    )


def _elsewhere(found: ModelType) -> list[str]:
    own = {option.name for option in found.options}
    shared = [f"`{option.name}`" for option in option_specs(found) if option.name not in own]
    return [
        f"## {found.model_type}",
        f"{found.summary} It takes no training query; of the options of every type it has {', '.join(shared)}.",
        options_table(found.options),
    ]


def _section(learner: Learner) -> list[str]:
    own = {option.name for option in learner.options}
    has = {option.name for option in option_specs(learner)}
    without = [f"`{option.name}`" for option in SHARED_OPTIONS if option.name not in has]
    return [
        f"## {learner.model_type}",
        f"{learner.summary} For {learner.task}.",
        f"It does not have {' and '.join(without)}." if without else "",
        options_table(option for option in option_specs(learner) if option.name in own),
        _tuning(learner),
    ]


def _tuning(learner: Learner) -> str:
    """Return what a tuning may search and how, a sentence or two; nothing for a type that has no trials."""
    tunable = [option for option in learner.options if option.tunable]
    if not tunable:
        return ""
    objectives = ", ".join(f"`{name.lower()}`" for name in objectives_of(learner))
    by_default = [f"`{o.name}` {_range(o.tunable)}" for o in tunable if o.tunable and o.tunable.by_default]
    named = [f"`{option.name}`" for option in tunable if option.tunable and not option.tunable.by_default]
    parts = [f"Tuned for {objectives} (the first by default) with `num_trials`."]
    if by_default:
        parts.append(f"Searched when nothing is said: {', '.join(by_default)}.")
    if named:
        parts.append(f"Searched when it is given as HPARAM_RANGE or HPARAM_CANDIDATES: {', '.join(named)}.")
    return " ".join(parts)


def _range(tunable: Tunable) -> str:
    if tunable.of_words:
        return f"({', '.join(tunable.of_words)})"
    scale = ", evenly in the logarithm" if tunable.log else ""
    return f"({tunable.low:g} to {tunable.high:g}{scale})"
