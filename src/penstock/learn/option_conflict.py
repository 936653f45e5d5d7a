"""Options that are right one by one and make no sense together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from penstock.core.diagnostics import Diagnostic
from penstock.core.options import GivenOption, OptionValue

# The values of data_split_method that read a column.
_BY_COLUMN = ("CUSTOM", "SEQ", "GROUPED", "TIME")


def conflicts(given: Mapping[str, GivenOption], values: Mapping[str, OptionValue]) -> list[Diagnostic]:
    """Return what is wrong between the given options (by their names in lower case) and the values of all."""
    return [
        Diagnostic("option", rule.message, given[rule.option].span, rule.hint)
        for rule in _TOGETHER
        if rule.option in given and rule.broken(values)
    ]


@dataclass(frozen=True)
class _Together:
    """Something that must hold when `option` is given. `broken` reads all values."""

    option: str
    broken: Callable[[Mapping[str, OptionValue]], bool]
    message: str
    hint: str


def _sum(values: Mapping[str, OptionValue], *names: str) -> float:
    return sum(value for name in names if isinstance(value := values[name], float))


_TOGETHER: tuple[_Together, ...] = (
    _Together(
        "class_weights",
        lambda values: values["auto_class_weights"] is True,
        "Options auto_class_weights and class_weights exclude each other.",
        "Give one of them.",
    ),
    _Together(
        "data_split_col",
        lambda values: values["data_split_method"] not in _BY_COLUMN,
        "Option data_split_col needs a data_split_method that reads it.",
        "Set data_split_method to 'CUSTOM', 'SEQ', 'GROUPED' or 'TIME'.",
    ),
    _Together(
        "data_split_eval_fraction",
        lambda values: values["data_split_method"] not in ("RANDOM", "SEQ", "GROUPED"),
        "Option data_split_eval_fraction needs a data_split_method that reads it.",
        "Set data_split_method to 'RANDOM', 'SEQ' or 'GROUPED'.",
    ),
    _Together(
        "data_split_test_fraction",
        lambda values: values["num_trials"] is None,
        "Option data_split_test_fraction needs num_trials: only a tuning has rows to choose by and rows to judge by.",
        "Give data_split_eval_fraction alone.",
    ),
    _Together(
        "data_split_test_fraction",
        lambda values: values["data_split_eval_fraction"] is None,
        "Option data_split_test_fraction needs data_split_eval_fraction beside it.",
        "Give both, for example 0.1 and 0.1.",
    ),
    _Together(
        "data_split_test_fraction",
        lambda values: _sum(values, "data_split_eval_fraction", "data_split_test_fraction") >= 1,
        "Options data_split_eval_fraction and data_split_test_fraction leave nothing to train on.",
        "Their sum must be less than 1.",
    ),
    _Together(
        "data_split_folds",
        lambda values: values["data_split_method"] not in ("K_FOLD", "GROUPED", "TIME"),
        "Option data_split_folds needs a data_split_method that goes in turns.",
        "Set data_split_method to 'K_FOLD', 'GROUPED' or 'TIME'.",
    ),
    _Together(
        "data_split_folds",
        lambda values: values["data_split_eval_fraction"] is not None,
        "Options data_split_folds and data_split_eval_fraction exclude each other.",
        "Give one of them.",
    ),
    _Together(
        "num_trials",
        lambda values: values.get("warm_start") is True,
        "Options num_trials and warm_start exclude each other: a tuning begins anew.",
        "Leave one of them out.",
    ),
    *(
        _Together(
            name,
            lambda values: values["num_trials"] is None,
            f"Option {name} belongs to a tuning, which num_trials asks for.",
            "Add num_trials, for example num_trials = 20.",
        )
        for name in ("max_parallel_trials", "hparam_tuning_algorithm", "hparam_tuning_objectives")
    ),
    _Together(
        "data_split_method",
        lambda values: values["data_split_method"] in _BY_COLUMN and values["data_split_col"] is None,
        "This data_split_method needs a column to split by.",
        "Name it with data_split_col.",
    ),
    _Together(
        "validation",
        lambda values: values["validation"] in ("GROUPED", "TIME") and values["validation_col"] is None,
        "This validation needs a column to go by.",
        "Name it with validation_col.",
    ),
    _Together(
        "validation_col",
        lambda values: values["validation"] not in ("GROUPED", "TIME"),
        "Option validation_col needs a validation that reads it.",
        "Set validation to 'GROUPED' or 'TIME'.",
    ),
    _Together(
        "engine",
        lambda values: values["engine"] == "autogluon" and values["interpretable"] is True,
        "Options engine = 'autogluon' and interpretable exclude each other: its trees read many features each.",
        "Leave one of them out.",
    ),
    *(
        _Together(
            name,
            lambda values, other=other: values[other] is not None,  # type: ignore[misc]
            f"Options {other} and {name} say the same and exclude each other.",
            "Give one of them.",
        )
        for name, other in (("budget_hours", "budget_seconds"), ("optimization_objective", "metric"))
    ),
    _Together(
        "relations",
        lambda values: values["time_col"] is None,
        "Option relations needs the moment of each row: what came later must not count.",
        "Name its column with time_col. What has no time is joined in the query after AS.",
    ),
    _Together(
        "time_col",
        lambda values: values["relations"] is None,
        "Option time_col says up to when rows of relations count, and there are none.",
        "Add relations = [STRUCT(…)]; to judge by what came later, validation = 'TIME' with validation_col.",
    ),
    _Together(
        "wals_alpha",
        lambda values: values["feedback_type"] != "IMPLICIT",
        "Option wals_alpha needs feedback_type = 'IMPLICIT'.",
        "Explicit ratings all weigh the same; leave it out.",
    ),
    _Together(
        "learn_rate",
        lambda values: values.get("learn_rate_strategy", "CONSTANT") != "CONSTANT",
        "Option learn_rate needs learn_rate_strategy = 'CONSTANT'.",
        "With LINE_SEARCH give ls_init_learn_rate instead.",
    ),
    _Together(
        "ls_init_learn_rate",
        lambda values: values.get("learn_rate_strategy") == "CONSTANT",
        "Option ls_init_learn_rate needs learn_rate_strategy = 'LINE_SEARCH'.",
        "With CONSTANT give learn_rate instead.",
    ),
    _Together(
        "calculate_p_values",
        lambda values: values["calculate_p_values"] is True and values["category_encoding_method"] != "DUMMY_ENCODING",
        "Option calculate_p_values needs category_encoding_method = 'DUMMY_ENCODING'.",
        "One-hot columns sum up to the intercept, so that their weights cannot be told apart.",
    ),
    _Together(
        "calculate_p_values",
        lambda values: values["calculate_p_values"] is True and values["l1_reg"] != 0,
        "Option calculate_p_values has no meaning with l1_reg.",
        "Leave one of them out.",
    ),
)
