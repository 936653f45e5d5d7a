"""The model that is served: what a search found, or as much less of it as the limits ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from penstock.learn.automl.calibration import Stretch
from penstock.learn.automl.candidate import TREES
from penstock.learn.automl.choice import parts_of
from penstock.learn.automl.distillation import Pupil, Teacher, distilled
from penstock.learn.automl.ensemble import Ensemble
from penstock.learn.automl.found import Found, Tried, thinner
from penstock.learn.automl.learner_candidate import graph_scores, raw_of
from penstock.learn.automl.search import Search
from penstock.learn.automl.served_measure import Measured, measured
from penstock.learn.automl.serving_option import Limit
from penstock.learn.learner import FittedModel, TrainingData

Json = Any
Floats = NDArray[np.float64]
WHOLE, FEWER, DISTILLED = "ensemble", "fewer models", "distilled"
ONE, ONE_OF_FOLD = "one member, fitted on all rows", "one member, of one fold"
# One model alone is better fitted on all rows than on those of a fold.
_FEWEST_MODELS = 2
# A pupil has at least so many rounds; the folds whose pupils tell how good one is.
_LEAST_ROUNDS, _JUDGING_FOLDS = 25, 3
# Another pupil is made while there is time for so many.
_PUPILS = 2.5
# What is measured varies: what is chosen by an estimate is chosen a little below the limit.
_BELOW = 0.9


@dataclass(frozen=True)
class Served:
    """A model, what models that were not fitted on a row say of it, (n, outputs), and as scores (n, k), both by what
    other rows have chosen and NaN where none does; and what it takes.
    """

    form: str
    fitted: FittedModel
    raw: Floats
    scores: Floats
    takes: Measured
    score: float
    members: int


@dataclass
class Serving:
    """Makes what a search found small enough. `data` has the raw features; `ensemble` and `written` make a model."""

    search: Search
    data: TrainingData
    limit: Limit
    ensemble: Callable[[Found], Ensemble]
    written: Callable[[Ensemble], FittedModel]
    measure: Callable[..., Measured] = measured
    tried: list[Served] = field(default_factory=list)

    def served(self, found: Found) -> Served:
        """Return the largest form that is within the limits; the quickest of all, where none is."""
        whole = self._of(WHOLE, found)
        if self._fits(whole):
            return whole
        for make in (self._fewer, self._refitted, self._distilled, self._of_one_fold):
            for served in make(found):
                if self._fits(served):
                    return served
                if self._is_late():
                    break
        return max(self.tried, key=self._share)

    def told(self, served: Served) -> Json:
        """Return what the report says of the served model, and of each form that was tried."""
        return {
            "optimize": self.limit.optimize,
            "max_latency_ms": self.limit.latency,
            "max_memory_mb": self.limit.memory,
            "form": served.form,
            "within_limits": self._fits(served),
            "tried": [
                {
                    "form": each.form,
                    "members": each.members,
                    "served": each is served,
                    "score": each.score,
                    "ensemble_score": self._whole_beside(each),
                    **each.takes.as_json(),
                }
                for each in self.tried
            ],
        }

    def notes(self, served: Served) -> tuple[str, ...]:
        """Say what is lost by a smaller form, and where the limits could not be kept."""
        told = []
        whole, name = self.tried[0], self.search.metric.name
        if served is not whole:
            told.append(
                f"The served model is smaller than what was found ({served.form}): one row takes "
                f"{served.takes.latency_ms:.2g} ms rather than {whole.takes.latency_ms:.2g}; {name} {served.score:.4g} "
                f"rather than {self._whole_beside(served):.4g}.{self._beyond()}"
            )
        if not self._fits(served):
            told.append(
                f"No form of the model is within its limits: one row takes {served.takes.latency_ms:.2g} ms, of "
                f"{self.limit.of_model or float('inf'):.2g} that an endpoint leaves it."
                if not self._quick_enough(served)
                else f"No form of the model is within max_memory_mb: it takes {served.takes.memory_mb} MB once loaded."
            )
        return tuple(told)

    def _beyond(self) -> str:
        """Say what the two scores leave out, where each row is judged by one model of a member."""
        search = self.search
        judges = np.sum([fold.judged for fold in search.folds], axis=0)
        models = max(len(each.folds) for each in search.tried)
        if models < 2 or judges.max() > 1 or search.forward:
            return ""
        return f" What the mean of the models of {models} folds adds to the ensemble is in neither."

    def _whole_beside(self, served: Served) -> float:
        """Return what the ensemble scores on the rows that judged another form."""
        whole = self.tried[0]
        return self._score(np.where(np.isfinite(served.raw[:, :1]), whole.scores, np.nan))

    def _left(self) -> float:
        """Return the seconds for forms: the last ones are for a model to be judged, explained and recorded."""
        budget = self.search.budget
        return 0.0 if budget.stopped() else budget.seconds - budget.reserve - self.afterwards - budget.spent

    @property
    def afterwards(self) -> float:
        """The seconds in which what was found is judged and explained, once it is written."""
        return self.search.after.of_written(self.search.size)

    def _is_late(self) -> bool:
        return self._left() <= 0

    def _quick_enough(self, served: Served) -> bool:
        return self.limit.of_model is None or served.takes.latency_ms <= self.limit.of_model

    def _fits(self, served: Served) -> bool:
        memory = self.limit.memory is None or (served.takes.memory_mb or 0.0) <= self.limit.memory
        return memory and self._quick_enough(served)

    def _share(self, served: Served) -> float:
        """Return by how much less than `served` a model must take."""
        shares = [1.0]
        if self.limit.of_model is not None:
            shares.append(self.limit.of_model / max(served.takes.latency_ms, 1e-6))
        if self.limit.memory is not None and served.takes.memory_mb:
            shares.append(self.limit.memory / served.takes.memory_mb)
        return _BELOW * min(shares)

    def _made(self, form: str, fitted: FittedModel, raw: Floats, members: int) -> Served:
        takes = self.measure(fitted, self.data, memory=self.limit.memory is not None)
        data = self.search.data
        scores = self.search.asked.crossed_scores(raw, parts_of(len(data.target), data.seed))
        made = Served(form, fitted, raw, scores, takes, self._score(scores), members)
        self.tried.append(made)
        return made

    def _of(self, form: str, found: Found) -> Served:
        members = int(np.count_nonzero(found.weights))
        return self._made(form, self.written(self.ensemble(found)), found.judged, members)

    def _score(self, scores: Floats) -> float:
        known = np.isfinite(scores[:, 0])
        weights = None if self.search.data.weights is None else self.search.data.weights[known]
        metric = self.search.metric
        return metric.value(metric.gain(self.search.data.target[known], scores[known], weights))

    def _stretch(self, raw: Floats) -> Stretch:
        return self.search.asked.stretch(raw, np.isfinite(raw[:, 0]))

    def _fewer(self, found: Found) -> Iterator[Served]:
        """Yield the ensemble of as many of its models as ought to be within the limits, then of half."""
        most = self._share(self.tried[0]) * sum(
            each.size for each, weight in zip(found.tried, found.weights, strict=True) if weight
        )
        while not self._is_late():
            tried, weights = thinner(found.tried, found.weights, most)
            models = sum(len(each.folds) for each, weight in zip(tried, weights, strict=True) if weight)
            if models < _FEWEST_MODELS:
                return
            # A row is judged by as many models of a member as are served, where so many were not fitted on it.
            whole = self.search.tried
            raws = [self.search.out_of_fold(one.folds, len(each.folds)) for one, each in zip(whole, tried, strict=True)]
            raw = np.tensordot(weights, np.stack(raws), axes=1)
            judged = found.crossed.among(weights).raw(raws)
            stretch = self._stretch(raw)
            yield self._of(FEWER, replace(found, tried=tried, weights=weights, raw=raw, judged=judged, stretch=stretch))
            most /= 2

    def _refitted(self, found: Found) -> Iterator[Served]:
        """Yield the best of the members that are trees, grown anew on all rows as far as its folds grew.

        It is judged by what each fold's trees say of other rows.
        """
        best = _best_trees(found)
        if best is None or self._is_late():
            return
        whole = sum(each.size for each, weight in zip(found.tried, found.weights, strict=True) if weight)
        if best.size / len(best.folds) > self._share(self.tried[0]) * whole:
            return
        rows, search = self.search.rows, self.search
        rounds = round(float(np.mean([fold.rounds for fold in best.folds])))  # type: ignore[union-attr]
        threads = search.data.threads
        text = rows.grown_on_all(best.candidate.values, search.metric, threads, rounds, self._goes_on)
        if text is not None:
            raw = self._alone(best)
            yield self._made(ONE, self._of_trees(text, self._stretch(raw)), raw, 1)

    def _of_one_fold(self, found: Found) -> Iterator[Served]:
        """Yield the best trees of one fold, where there was no time for anything as small."""
        best = _best_trees(found)
        if best is not None and not {ONE, DISTILLED} & {each.form for each in self.tried}:
            raw = self._alone(best)
            trees = self._of_trees(best.folds[0].text, self._stretch(raw))  # type: ignore[union-attr]
            yield self._made(ONE_OF_FOLD, trees, raw, 1)

    def _alone(self, member: Tried) -> Floats:
        """Return what one model of a member says of each row, (n, outputs)."""
        whole = next(each for each in self.search.tried if each.candidate is member.candidate)
        return self.search.out_of_fold(whole.folds, 1)

    def _distilled(self, found: Found) -> Iterator[Served]:
        """Yield a pupil of the ensemble, of fewer rounds where it takes too long."""
        if self._is_late():
            return
        pupils = list(self._judged_pupils(found))
        if self._is_late():
            return
        last = self._pupil(found, self.search.data)
        rounds = min(pupil.rounds for pupil in (last, *(pupil for _, pupil, _ in pupils)))
        while rounds >= _LEAST_ROUNDS:
            raw = np.full_like(found.raw, np.nan)
            for judged, pupil, matrix in pupils:
                raw[judged] = pupil.raw(matrix, rounds)
            made = self._made(DISTILLED, self._of_trees(last.text(rounds), self._stretch(raw)), raw, 1)
            yield made
            rounds = min(rounds // 2, int(rounds * self._share(made)))

    def _judged_pupils(self, found: Found) -> Iterator[tuple[NDArray[np.bool_], Pupil, Floats]]:
        """Yield a few folds' pupils, none of which, nor its teacher, was fitted on the rows that judge it."""
        search = self.search
        folds = min(len(each.folds) for each in search.tried)
        for number in range(min(folds, _JUDGING_FOLDS)):
            before = self._left()
            fold = search.folds[number]
            alone = replace(
                found, tried=tuple(replace(each, folds=each.folds[number : number + 1]) for each in search.tried)
            )
            pupil = self._pupil(alone, search.data.of_rows(fold.fitted))
            # Encoded as the search does: what means of the label stand in the columns leave a row's own label out.
            yield fold.judged, pupil, search.rows.matrices(number)[1].matrix
            # The last pupil, of all rows, takes more than this one.
            if self._left() < _PUPILS * (before - self._left()):
                return

    def _pupil(self, found: Found, data: TrainingData) -> Pupil:
        fitted = self.ensemble(found).fitted(self.search.data)

        def teacher(columns: pa.Table) -> Floats:
            return raw_of(graph_scores(fitted, self.search.data, columns), data.task)

        asked: Teacher = teacher
        rows, link = self.search.rows, self.search.link
        return distilled(asked, data, rows.codes, link, rows.outputs, rows.constraints, self._goes_on)

    def _of_trees(self, text: str, stretch: Stretch) -> FittedModel:
        return self.written(Ensemble(text, self.search.rows.codes, (), stretch, self.search.link))

    def _goes_on(self) -> bool:
        return not self._is_late()


def _best_trees(found: Found) -> Tried | None:
    trees = [each for each in found.tried if each.candidate.family == TREES]
    return max(trees, key=lambda each: each.gain, default=None)
