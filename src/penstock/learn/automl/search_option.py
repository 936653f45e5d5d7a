"""What a search for a model of rows is told: how long, by what, on which folds and columns."""

from __future__ import annotations

from collections.abc import Mapping

from penstock.core.options import OptionSpec, OptionValue, number_of
from penstock.core.related_table import RELATIONS, TIME_COL, relations_problem
from penstock.learn.automl.budget import Budget
from penstock.learn.automl.candidate import AUTOGLUON
from penstock.learn.automl.metric import METRICS
from penstock.learn.automl.serving_option import serving_options
from penstock.learn.automl.validation import OBJECTIVES, VALIDATIONS
from penstock.learn.learner import Watch
from penstock.learn.schema import Task

LEAST_SECONDS, USUAL_SECONDS = 10, 60
# The seconds that are kept for the end of any search, and of these for recording the version.
_LAST, _LAST_SHARE, _LAST_AT_MOST, RECORDING = 1.0, 0.02, 6.0, 0.3


def search_options(task: Task) -> tuple[OptionSpec, ...]:
    """Return the options of a search for a model of rows, those of what is served included."""
    return (*_search_options(task), *_table_options(), *serving_options(task))


def _search_options(task: Task) -> tuple[OptionSpec, ...]:
    return (
        OptionSpec(
            "budget_seconds",
            "number",
            None,
            f"The time that the training may take, its writing and judging included; {USUAL_SECONDS} without it.",
            minimum=LEAST_SECONDS,
        ),
        OptionSpec(
            "budget_hours",
            "number",
            None,
            "The same in hours, as BigQuery has it.",
            minimum=1,
            maximum=72,
        ),
        OptionSpec(
            "max_candidates",
            "integer",
            None,
            "The most candidates that are tried. The time decides how far a search comes; with no more candidates than "
            "it has time for, the same rows and seed give the same model.",
            minimum=1,
        ),
        OptionSpec(
            "engine",
            "string",
            "penstock",
            "Who searches: Penstock, or AutoGluon, whose candidates (LightGBM, CatBoost, XGBoost) are fitted to the "
            "same columns and folds, and written as the same kind of model (with the extra autogluon).",
            choices=("penstock", AUTOGLUON),
        ),
        OptionSpec(
            "metric",
            "string",
            None,
            "What is looked for: "
            + (
                "rmse without it."
                if task is Task.REGRESSION
                else "roc_auc without it for two classes, log_loss for more."
            ),
            choices=tuple(METRICS[task]),
        ),
        OptionSpec(
            "optimization_objective",
            "string",
            None,
            "The same in BigQuery's words.",
            choices=tuple(OBJECTIVES[task]),
        ),
    )


def _table_options() -> tuple[OptionSpec, ...]:
    return (
        OptionSpec(
            "validation",
            "string",
            "AUTO",
            "How candidates are compared: on folds drawn at random (K_FOLD), on folds that keep the rows of one value "
            "of validation_col together (GROUPED), or on what came later by validation_col (TIME): the members are "
            "then fitted on all rows, where there is time. AUTO is K_FOLD, unless data_split_method is GROUPED, SEQ or "
            "TIME: then it goes by that one's column. data_split_folds says how many folds.",
            choices=VALIDATIONS,
        ),
        OptionSpec(
            "validation_col",
            "string",
            None,
            "The column that GROUPED and TIME go by; never a feature.",
            names_column=True,
        ),
        OptionSpec(
            "drop_leaks",
            "boolean",
            False,
            "Leave out the features that seem to know what is to be predicted. They are told of in any case.",
        ),
        OptionSpec(
            "derived_features",
            "boolean",
            True,
            "Try columns that are made of others (parts of dates, differences and ratios, counts and means of "
            "categories, the words of texts), and keep those that help. ML.FEATURE_SQL shows them.",
        ),
        OptionSpec(
            RELATIONS,
            "struct list",
            None,
            "Tables whose rows tell of the rows of training, each STRUCT('orders' AS table, 'customer_id' AS key, "
            "'ordered_at' AS event_time): counts, sums and the like of what had arrived before a row's moment are "
            "features, where they help. row_key is the rows' own column, where it is called otherwise than key; "
            "arrival_time when a row was known, where that is later than it happened; windows the days that are "
            "looked back, [7, 30, 90] without it.",
            check=relations_problem,
        ),
        OptionSpec(
            TIME_COL,
            "string",
            None,
            "The column with each row's moment: nothing of relations counts that came later. Never a feature.",
            names_column=True,
        ),
        OptionSpec(
            "instance_weight_col",
            "string",
            None,
            "The column that holds the weight of each row; never a feature.",
            names_column=True,
        ),
        OptionSpec("enable_global_explain", "boolean", True, "Compute what ML.GLOBAL_EXPLAIN shows."),
    )


def budget_of(options: Mapping[str, OptionValue], watch: Watch) -> Budget:
    """Return the time that the options allow, from when the training began, with what is kept for its end."""
    seconds = float(USUAL_SECONDS)
    if options["budget_seconds"] is not None:
        seconds = number_of(options, "budget_seconds")
    elif options["budget_hours"] is not None:
        seconds = 3600 * number_of(options, "budget_hours")
    budget = Budget(seconds, reserve=0.0, began=watch.began, stopped=watch.stopped)
    budget.keep(min(_LAST + _LAST_SHARE * seconds, _LAST_AT_MOST))
    return budget
