"""The options that every model type has, and what must hold between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from penstock.core.diagnostics import Diagnostic
from penstock.core.names import near_or_all, with_article
from penstock.core.options import GivenOption, OptionSpec, OptionValue, ValueType, read_options
from penstock.learn.cloud_option import CLOUD_OPTIONS
from penstock.learn.learner import ModelType
from penstock.learn.option_conflict import conflicts
from penstock.learn.registry import REMOTE, model_types
from penstock.learn.schema import Task
from penstock.learn.tuning_objective import objectives_of
from penstock.learn.tuning_search import ALGORITHMS, GAUSSIAN, GRID
from penstock.learn.tuning_space import Space, is_searched, read_space

SPLIT_METHODS = ("AUTO_SPLIT", "RANDOM", "CUSTOM", "SEQ", "NO_SPLIT", "K_FOLD", "GROUPED", "TIME")
MOST_TRIALS, MOST_AT_ONCE = 100, 5


def _one_column(value: OptionValue) -> str | None:
    return None if isinstance(value, list) and len(value) == 1 else "a list of exactly one column"


def _one_objective(value: OptionValue) -> str | None:
    return None if isinstance(value, list) and len(value) == 1 else "a list of exactly one metric"


def _weight_of_each_class(value: OptionValue) -> str | None:
    if value is None or (isinstance(value, list) and all(class_weight(item) for item in value)):
        return None
    return "a list of STRUCT(class, weight), each weight greater than 0"


def class_weight(item: object) -> tuple[str, float] | None:
    """Return the class, as text, and the weight of one item of `class_weights`; None for what is neither."""
    pair = list(item.values()) if isinstance(item, Mapping) else item
    if not isinstance(pair, list | tuple) or len(pair) != 2:
        return None
    label, weight = pair
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < weight < float("inf"):
        return None
    return (str(label).lower() if isinstance(label, bool) else str(label)), float(weight)


def _recorded(name: str, kind: ValueType = "string", choices: tuple[str, ...] = ()) -> OptionSpec:
    doc = "Recorded for the sake of scripts written for BigQuery; nothing here reads it."
    return OptionSpec(name, kind, None, doc, choices=choices, recorded="Recorded; nothing here reads it.")


SHARED_OPTIONS: tuple[OptionSpec, ...] = (
    OptionSpec("model_type", "string", None, "The model family."),
    OptionSpec(
        "input_label_cols",
        "string list",
        ["label"],
        "The column to predict, in a list of one.",
        check=_one_column,
    ),
    OptionSpec(
        "data_split_method",
        "string",
        "AUTO_SPLIT",
        "How rows are held out to judge the model. AUTO_SPLIT: none of fewer than 500 rows, a fifth of up "
        "to 50,000, "
        "10,000 of more. RANDOM: data_split_eval_fraction of them, by a fingerprint of each row, so that "
        "the same rows "
        "are held out each time, in whatever order they come. CUSTOM: those where "
        "data_split_col is TRUE or "
        "NULL. SEQ: the last ones by data_split_col; NULL is trained on. NO_SPLIT: none. Beyond BigQuery ML: K_FOLD "
        "judges every row by a model that was not fitted on it, in data_split_folds turns; GROUPED keeps the rows of "
        "one value of data_split_col on one side; TIME judges each stretch of data_split_col by a model of what came "
        "before. With folds, the model itself is then fitted on all rows, and its metrics are means over the turns. "
        "With num_trials a tenth of 500 rows or more chooses the trial and another tenth judges it; CUSTOM then reads "
        "the texts TRAIN, EVAL and TEST.",
        choices=SPLIT_METHODS,
    ),
    OptionSpec(
        "data_split_eval_fraction",
        "number",
        None,
        "The share of rows held out by RANDOM (without it as AUTO_SPLIT), SEQ and GROUPED (0.2).",
        minimum=0,
        maximum=1,
        exclusive=True,
    ),
    OptionSpec(
        "data_split_test_fraction",
        "number",
        None,
        "With num_trials: the share of rows that judges the trials at the end, beside data_split_eval_fraction, which "
        "chooses among them; 0 without it, and then the same rows do both.",
        minimum=0,
        maximum=1,
    ),
    OptionSpec(
        "data_split_folds",
        "integer",
        None,
        "How many turns K_FOLD and TIME take (5), and GROUPED, which without it holds rows out once.",
        minimum=2,
        maximum=100,
    ),
    OptionSpec(
        "data_split_col",
        "string",
        None,
        "The column that CUSTOM, SEQ, GROUPED and TIME split by; never a feature.",
        names_column=True,
    ),
    OptionSpec(
        "auto_class_weights",
        "boolean",
        False,
        "Weigh rows so that all classes count the same: rows / (classes × rows of the class).",
    ),
    OptionSpec(
        "class_weights",
        "struct list",
        None,
        "The weight of each class: [STRUCT('yes', 3.0), STRUCT('no', 1.0)].",
        check=_weight_of_each_class,
    ),
    OptionSpec(
        "num_trials",
        "integer",
        None,
        "Train so many models with different values of the options that are given as HPARAM_RANGE(lowest, highest) or "
        "HPARAM_CANDIDATES([…]), and keep the best; without any such option, of those with a range of their own.",
        minimum=1,
        maximum=MOST_TRIALS,
    ),
    OptionSpec(
        "max_parallel_trials",
        "integer",
        1,
        "How many trials run at once; they share the processors.",
        minimum=1,
        maximum=MOST_AT_ONCE,
    ),
    OptionSpec(
        "hparam_tuning_algorithm",
        "string",
        GAUSSIAN,
        "How the next trial is chosen. VIZIER_DEFAULT: where a Gaussian process over the trials so far expects the "
        "greatest improvement. RANDOM_SEARCH: at random. GRID_SEARCH: every combination of values in turn.",
        choices=ALGORITHMS,
    ),
    OptionSpec(
        "hparam_tuning_objectives",
        "string list",
        None,
        "The metric that decides, in a list of one; by default roc_auc for classifiers, r2_score for regressions, and "
        "davies_bouldin_index for k-means.",
        check=_one_objective,
    ),
    OptionSpec("warm_start", "boolean", False, "Go on from the model of the same name."),
    OptionSpec("max_iterations", "integer", 20, "The most rounds of training.", minimum=1),
    OptionSpec(
        "early_stop",
        "boolean",
        True,
        "Stop when a round improves the loss by less than min_rel_progress; on the held-out rows where there are any.",
    ),
    OptionSpec(
        "min_rel_progress",
        "number",
        0.01,
        "The least relative improvement of the loss that goes on.",
        minimum=0,
    ),
    OptionSpec("enable_global_explain", "boolean", False, "Compute what ML.GLOBAL_EXPLAIN shows."),
    OptionSpec("seed", "integer", None, "The seed of everything random; by default the project's.", minimum=0),
    OptionSpec(
        "retrain",
        "string",
        "on_change",
        "'on_change' trains again when the definition changes or a trigger says so, 'on_new_data' when a "
        "table that it "
        "reads has changed too.",
        choices=("on_change", "on_new_data"),
    ),
    OptionSpec("description", "string", None, "What the model is, for people."),
    OptionSpec(
        "labels",
        "struct list",
        None,
        "Pairs of key and value to file the model under, as INFORMATION_SCHEMA.MODELS shows them.",
    ),
    OptionSpec(
        "expiration_timestamp",
        "string",
        None,
        "When the model is to go, as INFORMATION_SCHEMA.MODELS shows it; nothing is deleted by itself.",
        recorded="INFORMATION_SCHEMA.MODELS shows it; nothing is deleted by itself.",
    ),
    _recorded("model_registry", choices=("VERTEX_AI",)),
    _recorded("kms_key_name"),
    _recorded("vertex_ai_model_id"),
    _recorded("vertex_ai_model_version_aliases", "string list"),
)


def option_specs(learner: ModelType) -> tuple[OptionSpec, ...]:
    """Return every option of a model type; the family's own declaration goes before the shared one of that
    name.
    """
    own = {spec.name for spec in learner.options}
    shared = [spec for spec in SHARED_OPTIONS if spec.name not in own and _applies(spec.name, learner)]
    return (*shared, *learner.options)


_OF_LABELS = (
    "input_label_cols",
    "data_split_method",
    "data_split_eval_fraction",
    "data_split_test_fraction",
    "data_split_folds",
    "data_split_col",
    "enable_global_explain",
)
_OF_TUNING = ("num_trials", "max_parallel_trials", "hparam_tuning_algorithm", "hparam_tuning_objectives")
_OF_CLASSES = ("auto_class_weights", "class_weights")
# The rating has an option of its own, and factors are found anew.
_NOT_OF_RATINGS = ("input_label_cols", "enable_global_explain", "warm_start")
# Nothing is learned here of these, so that only what says something to people is left.
_ELSEWHERE = (Task.IMPORTED, Task.REMOTE)
_OF_EVERY_MODEL = ("model_type", "description", "labels", "expiration_timestamp", "kms_key_name")
_WITHOUT_ROUNDS = (Task.DIMENSION_REDUCTION, Task.CONTRIBUTION, Task.FORECASTING, Task.PREPROCESSING)
_OF_ROUNDS = ("warm_start", "max_iterations", "early_stop", "min_rel_progress")


def _applies(name: str, learner: ModelType) -> bool:
    if learner.task in _ELSEWHERE and name not in _OF_EVERY_MODEL:
        return False
    if learner.task is Task.RECOMMENDATION and name in _NOT_OF_RATINGS:
        return False
    if name in _OF_LABELS:
        return learner.task.learns_from_label
    if name in _OF_CLASSES:
        return learner.task is Task.CLASSIFICATION
    if name in _OF_TUNING:
        return any(spec.tunable for spec in learner.options)
    return name not in _OF_ROUNDS or learner.task not in _WITHOUT_ROUNDS


def resolve_options(
    given: Mapping[str, GivenOption], learner: ModelType
) -> tuple[dict[str, OptionValue], list[Diagnostic]]:
    """Return the value of every option of the model type, and everything wrong with the given ones.

    A given NULL is the option's default. Class weights are False and None for a regression. An option that is searched
    for has its default here; `searched_space` says what of it is.
    """
    told = {name: option for name, option in given.items() if option.value is not None}
    specs = option_specs(learner)
    misplaced = list(_of_other_types(told, specs, learner))
    told = {name: option for name, option in told.items() if name not in dict(misplaced)}
    _, fixed, problems = read_space(told, specs)
    values, findings = read_options(fixed, specs, f"model type {learner.model_type}")
    values = {"auto_class_weights": False, "class_weights": None, "num_trials": None, **values}
    findings = [*dict(misplaced).values(), *findings, *problems]
    if findings:
        return values, findings
    lower = {name.lower(): option for name, option in told.items()}
    return values, [*conflicts(lower, values), *_of_tuning(told, lower, values, learner)]


def _of_other_types(
    given: Mapping[str, GivenOption], specs: Sequence[OptionSpec], learner: ModelType
) -> Iterator[tuple[str, Diagnostic]]:
    """Yield the options that only other model types have, each with what is said about it."""
    known = {spec.name for spec in specs}
    strange = [name for name in given if name.lower() not in known]
    if not strange:
        return
    others = {name: {spec.name for spec in option_specs(other)} for name, other in model_types().items()}
    others[REMOTE] |= set(CLOUD_OPTIONS)
    for name in strange:
        types = [model_type for model_type, names in others.items() if name.lower() in names]
        if types:
            message = f"There is no option {name!r} for model type {learner.model_type}."
            shown = ", ".join(types[:4]) + (" and others" if len(types) > 4 else "")
            hint = f"It belongs to {shown}."
            if name.lower() in _OF_TUNING and "max_candidates" in known:
                hint = "It searches by itself: give budget_seconds, or max_candidates."
            yield name, Diagnostic("option", message, given[name].span, hint)


def searched_space(given: Mapping[str, GivenOption], learner: ModelType) -> Space:
    """Return what a tuning by these options searches; they must be without findings."""
    told = {name: option for name, option in given.items() if option.value is not None}
    return read_space(told, option_specs(learner))[0]


def _of_tuning(
    told: Mapping[str, GivenOption],
    lower: Mapping[str, GivenOption],
    values: Mapping[str, OptionValue],
    learner: ModelType,
) -> list[Diagnostic]:
    """Return what is wrong with a tuning: values searched for without num_trials, an objective of another type."""
    searched = [(name, option) for name, option in told.items() if is_searched(option.value)]
    if values["num_trials"] is None:
        hint = "Add num_trials, for example num_trials = 20, or give a single value."
        message = "Option {} is searched for, which num_trials asks for."
        return [Diagnostic("option", message.format(name), option.span, hint) for name, option in searched]
    findings = []
    objectives = objectives_of(learner, values.get("feedback_type"))
    wanted = values["hparam_tuning_objectives"]
    if isinstance(wanted, list) and str(wanted[0]).upper() not in objectives:
        message = f"{with_article(learner.model_type).capitalize()} model cannot be tuned for {str(wanted[0])!r}."
        hint = near_or_all(str(wanted[0]).upper(), objectives)
        findings.append(Diagnostic("option", message, lower["hparam_tuning_objectives"].span, hint))
    space = read_space(told, option_specs(learner))[0]
    if values["hparam_tuning_algorithm"] == GRID:
        ranges = [found.name for found in space.dimensions if not found.choices]
        if ranges:
            message = f"GRID_SEARCH goes through single values; {', '.join(ranges)} is a range."
            hint = "Name values with HPARAM_CANDIDATES([…]), or use another hparam_tuning_algorithm."
            findings.append(Diagnostic("option", message, lower["hparam_tuning_algorithm"].span, hint))
    return findings
