"""The best model of a table that can be found in the time one gives: a search over families, and their ensemble."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import islice
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from penstock.core.options import OptionSpec, OptionValue, number_of
from penstock.core.related_table import RELATIONS, TIME_COL, relations_problem
from penstock.learn.automl.autogluon_search import autogluon_search, demand_autogluon
from penstock.learn.automl.budget import Budget
from penstock.learn.automl.candidate import AUTOGLUON, Candidate, candidates, winners
from penstock.learn.automl.decision import decided
from penstock.learn.automl.derivation import DERIVED, Derivation, derive
from penstock.learn.automl.derived_explainer import DerivedExplainer, inner_details
from penstock.learn.automl.ensemble import PARTS, Ensemble, EnsembleExplainer, LearnerPart
from penstock.learn.automl.fold import folds_of
from penstock.learn.automl.learning_curve import learning_curve
from penstock.learn.automl.linear_candidate import FittedLine
from penstock.learn.automl.metric import METRICS, SearchMetric
from penstock.learn.automl.network_candidate import FittedNetwork
from penstock.learn.automl.plain_search import plain_search, told_of
from penstock.learn.automl.related_choice import chosen_related
from penstock.learn.automl.row_sample import cost_of, searched_rows
from penstock.learn.automl.search import Found, Search
from penstock.learn.automl.served_model import Serving
from penstock.learn.automl.serving_option import aim_of, limit_of, serving_options
from penstock.learn.automl.tree_candidate import GrownTrees, TreeRows, merged
from penstock.learn.automl.understood_table import understood
from penstock.learn.automl.usage import Usage, free_memory
from penstock.learn.automl.validation import OBJECTIVES, VALIDATIONS, demand_rows, validation_of, wanted_metric
from penstock.learn.learner import Explainer, FittedModel, Iteration, Progress, TrainingData, WarmStart, Watch
from penstock.learn.schema import Task
from penstock.learn.tree_explainer import TreeExplainer
from penstock.learn.tree_graph import Link, TreeOutput

Json = Any
Floats = NDArray[np.float64]
LEAST_SECONDS, USUAL_SECONDS = 10, 60
# The share of what is left in which leaks are looked for.
_LOOKING_SHARE = 0.15
# The seconds that are kept for the end of any search, and of these for recording the version.
_LAST, _LAST_SHARE, _LAST_AT_MOST, _RECORDING = 1.0, 0.02, 6.0, 0.3


class AutoMl:
    """Searches for the best model that the time allows, and judges every row by models that were not fitted on it."""

    judges_itself = True

    def __init__(self, model_type: str, task: Task) -> None:
        self.model_type = model_type
        self.task = task
        self.summary = (
            "An ensemble of boosted trees and other families, found within budget_seconds: candidates are fitted on "
            "folds, chosen greedily by what they add (Caruana et al. 2004, «Ensemble selection from libraries of "
            "models»), calibrated, and written as one graph."
        )
        self.options: tuple[OptionSpec, ...] = _options(task)

    def fit(
        self,
        data: TrainingData,
        options: Mapping[str, OptionValue],
        progress: Progress,
        warm_start: WarmStart | None = None,
    ) -> FittedModel:
        """Search on the rows that are not held out, and return the ensemble with what its folds say of each row.

        Of an earlier version, the candidates that stood in its ensemble are tried first.
        """
        if options["engine"] == AUTOGLUON:
            demand_autogluon()
        budget, limit, usage = _budget(options, data.watch), limit_of(options), Usage()
        budget.foreseen = limit.reserve(budget.seconds)
        demand_rows(data)
        cost, rows_there = cost_of(data), len(data.target)
        profile = cost.profile(rows_there)
        budget.keep(budget.reserve + profile)
        looked = searched_rows(data, budget, cost, free_memory())
        kept = looked.kept
        whole = data if kept.all() else data.of_rows(kept)
        metric = wanted_metric(data, options)
        link = _link(data)
        choice = chosen_related(whole, options, metric, link, budget, progress)
        whole = choice.data
        looking = budget.spent + _LOOKING_SHARE * budget.left
        table = understood(whole, options, lambda: looking - budget.spent)
        data = table.data
        aim = aim_of(data, options, metric.name)
        folds = folds_of(data, *validation_of(data, options))
        rows = TreeRows(data, folds)
        derivation = Derivation(data, rows, data.features)
        if options["derived_features"] and not options["interpretable"]:
            derivation = derive(data, rows, folds, metric, link, budget, progress)
        data, rows = derivation.data, derivation.rows
        search = Search(data, rows, folds, metric, budget, progress, link, budget.foreseen)
        most = None if options["max_candidates"] is None else int(number_of(options, "max_candidates"))
        lost: Json = None
        engine: Json = None
        if options["interpretable"]:
            search, found, lost = plain_search(search, most)
        elif options["engine"] == AUTOGLUON:
            found, engine = autogluon_search(search, most)
        else:
            found = search.run(islice(candidates(data.seed, _winners(warm_start)), most))
        own = replace(derivation, raw=table.features)
        serving = Serving(
            search,
            table.whole,
            limit,
            lambda found: _ensemble(found, search),
            lambda ensemble: own.joined(ensemble.fitted(table.restored(data))),
        )
        served = serving.served(found)
        # What was kept for the writing is free now.
        budget.foreseen = serving.afterwards
        fitted = served.fitted
        scores = TreeOutput(link).scores(served.stretch.base + served.stretch.scale * served.raw)
        out_of_fold = np.full((rows_there, scores.shape[1]), np.nan)
        out_of_fold[np.flatnonzero(kept)[~whole.held_out]] = scores
        report = {
            "metric": metric.name,
            "seconds": round(budget.spent, 3),
            "leaderboard": _leaderboard(found, metric),
            "findings": table.told(scores, derivation.kept),
            "derived": [*choice.tried, *derivation.tried],
            "serving": serving.told(served),
            "engine": engine,
            "interpretable": lost,
            "used": usage.told(data.threads),
            "learning_curve": learning_curve(search) if engine is None else {"skipped": "AutoGluon tells none"},
        }
        return replace(
            fitted,
            iterations=_iterations(found, metric),
            details={**fitted.details, **choice.details, **decided(data, scores, aim), "search": report},
            notes=(
                *choice.notes,
                *rows.notes,
                *fitted.notes,
                *looked.notes,
                *_told(found, budget),
                *serving.notes(served),
                *told_of(lost, metric.name, served.score),
            ),
            until=budget.began + budget.seconds - _RECORDING - profile,
            out_of_fold=None if whole.held_out.any() else out_of_fold,
            features=whole.features,
        )

    def explainer(self, details: Mapping[str, Json], native: str | None, files: Mapping[str, bytes]) -> Explainer:
        if DERIVED in details:
            return DerivedExplainer(details, files, self.explainer(inner_details(details), native, files))
        if PARTS in details:
            return EnsembleExplainer(details, native, files)
        return TreeExplainer(details, native)


def _link(data: TrainingData) -> Link:
    if data.task is Task.REGRESSION:
        return Link.IDENTITY
    return Link.LOGISTIC if len(data.classes) <= 2 else Link.SOFTMAX


def _options(task: Task) -> tuple[OptionSpec, ...]:
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
            "of validation_col together (GROUPED), or on what came later by validation_col (TIME). AUTO is K_FOLD, "
            "unless data_split_method is GROUPED, SEQ or TIME: then it goes by that one's column.",
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


def _budget(options: Mapping[str, OptionValue], watch: Watch) -> Budget:
    seconds = float(USUAL_SECONDS)
    if options["budget_seconds"] is not None:
        seconds = number_of(options, "budget_seconds")
    elif options["budget_hours"] is not None:
        seconds = 3600 * number_of(options, "budget_hours")
    budget = Budget(seconds, reserve=0.0, began=watch.began, stopped=watch.stopped)
    budget.keep(min(_LAST + _LAST_SHARE * seconds, _LAST_AT_MOST))
    return budget


def _winners(earlier: WarmStart | None) -> tuple[Candidate, ...]:
    return () if earlier is None else winners(earlier.details.get("search", {}).get("leaderboard", []))


def _ensemble(found: Found, search: Search) -> Ensemble:
    rows, link = search.rows, search.link
    lines: list[FittedLine] = []
    shares: list[float] = []
    texts: list[str] = []
    weights: list[float] = []
    parts: list[LearnerPart] = []
    for tried, weight in zip(found.tried, cast("list[float]", found.weights.tolist()), strict=True):
        networks: list[FittedNetwork] = []
        for fold in tried.folds if weight else ():
            share = weight / len(tried.folds)
            if isinstance(fold, GrownTrees):
                texts.append(fold.text)
                weights.append(share)
            elif isinstance(fold, FittedLine):
                lines.append(fold)
                shares.append(share)
            elif isinstance(fold, FittedNetwork):
                networks.append(fold)
            else:
                parts.append(LearnerPart(tried.candidate.family, share, fold.fitted))
        if networks:
            parts.append(LearnerPart(tried.candidate.family, weight, search.networks.merged(networks), raw=True))
    if lines:
        kind = "linear_reg" if link is Link.IDENTITY else "logistic_reg"
        parts.append(LearnerPart(kind, 1.0, search.lines.merged(lines, shares), raw=True))
    return Ensemble(merged(texts, weights) if texts else None, rows.codes, tuple(parts), found.stretch, link)


def _told(found: Found, budget: Budget) -> tuple[str, ...]:
    if not found.interrupted:
        return ()
    return (f"The search was stopped by hand after {budget.spent:.0f} s; the best so far goes on.",)


def _leaderboard(found: Found, metric: SearchMetric) -> list[Json]:
    rows = [
        {
            "name": tried.candidate.name,
            "family": tried.candidate.family,
            "values": dict(tried.candidate.values),
            "score": metric.value(tried.gain),
            "weight": float(weight),
            "seconds": round(tried.seconds, 3),
            "score_ms": tried.scoring_milliseconds,
            "size_bytes": tried.size,
            "skipped": None,
        }
        for tried, weight in sorted(
            zip(found.tried, found.weights, strict=True), key=lambda pair: pair[0].gain, reverse=True
        )
    ]
    return rows + [
        {
            "name": each.candidate.name,
            "family": each.candidate.family,
            "values": dict(each.candidate.values),
            "score": None,
            "weight": 0.0,
            "seconds": None,
            "skipped": each.reason,
        }
        for each in found.skipped
    ]


def _iterations(found: Found, metric: SearchMetric) -> tuple[Iteration, ...]:
    """One row of ML.TRAINING_INFO a candidate: its loss is what the folds say."""
    return tuple(
        Iteration(0, number, metric.loss(tried.gain), metric.loss(tried.gain), None, round(tried.seconds * 1000))
        for number, tried in enumerate(found.tried, 1)
    )
