"""The best model of a table that can be found in the time one gives: a search over families, and their ensemble."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from penstock.core.options import OptionSpec, OptionValue, number_of
from penstock.learn.automl.autogluon_search import autogluon_search, demand_autogluon
from penstock.learn.automl.budget import Budget
from penstock.learn.automl.candidate import AUTOGLUON, TEXT, Candidate, candidates, winners
from penstock.learn.automl.decision import decided
from penstock.learn.automl.derivation import DERIVED
from penstock.learn.automl.derived_explainer import DerivedExplainer, SearchedExplainer, inner_details
from penstock.learn.automl.ensemble import PARTS, Ensemble, EnsembleExplainer, LearnerPart, texts_read
from penstock.learn.automl.found import Found
from penstock.learn.automl.learning_curve import learning_curve
from penstock.learn.automl.linear_candidate import FittedLine
from penstock.learn.automl.metric import SearchMetric
from penstock.learn.automl.network_candidate import FittedNetwork
from penstock.learn.automl.parity import PARITY_ROWS, parity
from penstock.learn.automl.plain_search import plain_search, told_of
from penstock.learn.automl.prepared_table import PreparedTable, prepared
from penstock.learn.automl.proposal import proposed
from penstock.learn.automl.refit import Refitted, refitted
from penstock.learn.automl.search import MOST_BYTES, Search
from penstock.learn.automl.search_option import budget_of, search_options
from penstock.learn.automl.served_model import Serving
from penstock.learn.automl.serving_option import limit_of
from penstock.learn.automl.text_candidate import FittedText, only_texts, text_candidates
from penstock.learn.automl.tree_candidate import GrownTrees, merged
from penstock.learn.automl.usage import Usage
from penstock.learn.automl.validation import demand_rows
from penstock.learn.learner import FittedModel, Iteration, Progress, TrainingData, WarmStart
from penstock.learn.schema import Task
from penstock.learn.tree_explainer import TreeExplainer
from penstock.learn.tree_graph import Link
from penstock.learn.understanding.label_noise import SUSPECTS

Json = Any
Floats = NDArray[np.float64]


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
        self.options: tuple[OptionSpec, ...] = search_options(task)

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
        budget, limit, usage = budget_of(options, data.watch), limit_of(options), Usage()
        budget.foreseen = limit.reserve(budget.seconds)
        demand_rows(data)
        ready = prepared(data, options, budget, progress)
        searched = _searched(ready, options, budget, progress, _winners(warm_start))
        search, found = searched.search, searched.refitted.found
        serving = Serving(search, ready.table.whole, limit, lambda found: _ensemble(found, search), ready.written)
        served = serving.served(found)
        native = self.explainer(served.fitted.details, served.fitted.native, served.fitted.files)
        apart = parity(served.fitted, native, ready.table.whole, ready.link)
        # What was kept for the writing is free now.
        budget.foreseen = serving.afterwards
        scores = served.scores
        suspects = ready.table.suspects(scores)
        report = {
            **searched.report(),
            "findings": ready.table.told(suspects, ready.derivation.kept, texts_read(served.fitted.details)),
            "derived": [*ready.related.tried, *ready.derivation.tried],
            "serving": {**serving.told(served), "parity": {"rows": min(PARITY_ROWS, len(scores)), "difference": apart}},
            "used": usage.told(data.threads),
        }
        fitted, part = served.fitted, found.crossed.part
        decision, thresholds = decided(search.data, scores, ready.aim, part)
        told = {"search": report, SUSPECTS: ready.table.suspect_rows(suspects)}
        notes = (*ready.notes, *fitted.notes, *searched.notes(served.score), *serving.notes(served))
        return replace(
            fitted,
            iterations=_iterations(found, ready.metric),
            details={**fitted.details, **ready.related.details, **decision, **told},
            notes=notes,
            until=ready.until,
            out_of_fold=ready.of_all_rows(scores),
            thresholds=None if thresholds is None else ready.of_all_rows(thresholds[:, None]),
            features=ready.related.data.features,
        )

    def explainer(
        self, details: Mapping[str, Json], native: str | None, files: Mapping[str, bytes]
    ) -> SearchedExplainer:
        if DERIVED in details:
            return DerivedExplainer(details, files, self.explainer(inner_details(details), native, files))
        if PARTS in details:
            return EnsembleExplainer(details, native, files)
        return TreeExplainer(details, native)


@dataclass(frozen=True)
class _Searched:
    """A search that has ended. `lost` says what it costs that no features may change what others do, `engine` what
    another engine told.
    """

    search: Search
    found: Found
    refitted: Refitted
    lost: Json = None
    engine: Json = None

    @classmethod
    def of(cls, search: Search, found: Found, lost: Json = None, engine: Json = None) -> _Searched:
        """Return the end of a search; one that walked forward in time has its members fitted on all rows."""
        return cls(search, found, refitted(search, found) if search.forward else Refitted(found), lost, engine)

    def report(self) -> dict[str, Json]:
        """Return what the report says of the search, within the time that is left."""
        metric, budget = self.search.metric, self.search.budget
        return {
            "metric": metric.name,
            "seconds": round(budget.spent, 3),
            "leaderboard": _leaderboard(self.found, metric),
            "engine": self.engine,
            "interpretable": self.lost,
            "learning_curve": {"skipped": "AutoGluon tells none"} if self.engine else learning_curve(self.search),
        }

    def notes(self, score: float) -> tuple[str, ...]:
        """Return what is to be said of the search, and of its model's score."""
        told = (*_told(self.found, self.search.budget), *self.refitted.notes)
        return (*told, *told_of(self.lost, self.search.metric.name, score))


def _searched(
    ready: PreparedTable,
    options: Mapping[str, OptionValue],
    budget: Budget,
    progress: Progress,
    first: Sequence[Candidate],
) -> _Searched:
    data, rows = ready.derivation.data, ready.derivation.rows
    search = Search(
        data,
        rows,
        ready.folding.folds,
        ready.metric,
        budget,
        progress,
        ready.link,
        budget.foreseen,
        ready.folding.forward,
        np.inf if options["optimize"] == "QUALITY" else MOST_BYTES,
    )
    most = None if options["max_candidates"] is None else int(number_of(options, "max_candidates"))
    texts, only = text_candidates(ready.table.data), only_texts(ready.table.data)
    if options["interpretable"]:
        return _Searched.of(*plain_search(search, most, texts))
    if options["engine"] == AUTOGLUON:
        search, found, engine = autogluon_search(search, most)
        return _Searched.of(search, found, engine=engine)
    further = proposed(data.seed, search.outcomes)
    return _Searched.of(search, search.run(islice(candidates(further, first, texts, only_texts=only), most)))


def _winners(earlier: WarmStart | None) -> tuple[Candidate, ...]:
    return () if earlier is None else winners(earlier.details.get("search", {}).get("leaderboard", []))


def _ensemble(found: Found, search: Search) -> Ensemble:
    rows, link = search.rows, search.link
    lines: list[FittedLine] = []
    shares: list[float] = []
    texts: list[str] = []
    weights: list[float] = []
    parts: list[LearnerPart] = []
    text_lines: list[tuple[FittedText, float]] = []
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
            elif isinstance(fold, FittedText):
                text_lines.append((fold, share))
            elif isinstance(fold, FittedNetwork):
                networks.append(fold)
            else:
                parts.append(LearnerPart(tried.candidate.family, share, fold.fitted))
        if networks:
            parts.append(
                LearnerPart(tried.candidate.family, weight, search.members.networks.merged(networks), raw=True)
            )
    if text_lines:
        parts.append(LearnerPart(TEXT, 1.0, search.members.texts.merged(text_lines), raw=True))
    if lines:
        kind = "linear_reg" if link is Link.IDENTITY else "logistic_reg"
        parts.append(LearnerPart(kind, 1.0, search.members.lines.merged(lines, shares), raw=True))
    return Ensemble(merged(texts, weights) if texts else None, rows.codes, tuple(parts), found.stretch, link)


def _told(found: Found, budget: Budget) -> tuple[str, ...]:
    told = []
    if found.interrupted:
        told.append(f"The search was stopped by hand after {budget.spent:.0f} s; the best so far goes on.")
    failed = [f"{each.candidate.name} ({each.reason})" for each in found.skipped if each.failed]
    if failed:
        told.append(f"Left out, since it failed: {', '.join(failed)}.")
    if found.models and found.late:
        told.append(f"Of the {found.models:,} models that are best together there is time to write {found.standing:,}.")
    elif found.models:
        told.append(
            f"Of the {found.models:,} models that are best together {found.standing:,} are served: an ensemble is of "
            f"at most {MOST_BYTES / 1e6:.0f} MB. With optimize = 'QUALITY' it may be larger."
        )
    return tuple(told)


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
