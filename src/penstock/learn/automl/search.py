"""The search itself: candidate after candidate, fold by fold, until the time is over; then the best together."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from penstock.core.errors import Cancelled, UntrainableModel, UserError
from penstock.core.parallel import each
from penstock.learn.automl.aftermath import Aftermath
from penstock.learn.automl.budget import Budget
from penstock.learn.automl.candidate import AUTOGLUON, CATBOOST, NEURAL, PORTFOLIO, TREES, Candidate
from penstock.learn.automl.choice import Asked, Crossed, parts_of
from penstock.learn.automl.fold import Fold, judged_by_folds, rows_of_waves
from penstock.learn.automl.found import FAILURES, Found, Skipped, Tried, models_of, reason_of, thinner
from penstock.learn.automl.learner_candidate import OutOfTime, raw_of
from penstock.learn.automl.member_rows import Fitted, MemberRows
from penstock.learn.automl.metric import SearchMetric
from penstock.learn.automl.proposal import Outcome
from penstock.learn.automl.teller import Teller
from penstock.learn.automl.tree_candidate import GrownTrees, TreeRows, settled
from penstock.learn.learner import Progress, TrainingData
from penstock.learn.schema import Task
from penstock.learn.tree_graph import Link, TreeOutput

Floats = NDArray[np.float64]
# An ensemble is thinned to so many bytes of text: more take longer to write, to load and to answer than they are worth.
MOST_BYTES = 24_000_000
# The first candidate may take this share of the time, since without it there is no model.
_FIRST_SHARE = 0.4
# … and one of a family that takes long on many rows this much of what is left; cut short it says what it has.
_SHARES = {CATBOOST: 0.4, NEURAL: 0.4}
# A candidate that a first part of the folds shows to be worse than the best by this share of what the best gains over a
# constant answer is given up.
_HOPELESS, WORSE = 0.1, "worse than the best on the first folds"
# After so many more candidates it is asked whether they have helped: whether the ensemble gains more by this share of
# what it gains over a constant answer. Where they have not, there is nothing more to find.
_ROUND, _HELPED = 8, 0.0002
# The least share of its usual time that a candidate is begun with.
_WORTH_BEGINNING = 0.5
# … and so many for which there is no time are passed by, for one of a quicker family.
_MOST_PASSED = 12
# Which candidates are best together is asked after each one, if that takes no more than this share of its time.
_ASKING_SHARE = 0.05
# A learning curve may take this share of the time from the search.
_CURVE_SHARE = 0.05


@dataclass
class Search:
    """One search over prepared rows. Its candidates are tried one after another, the folds of each side by side."""

    data: TrainingData
    rows: TreeRows
    folds: Sequence[Fold]
    metric: SearchMetric
    budget: Budget
    progress: Progress
    link: Link
    # The seconds that are kept for making what is found smaller.
    smaller: float = 0.0
    # Whether each fold is judged by what came after it, the newest first: of the others no model is served.
    forward: bool = False
    # The bytes of the largest ensemble.
    most_bytes: float = MOST_BYTES
    tried: list[Tried] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    after: Aftermath = field(default_factory=Aftermath)
    # The bytes of the best together, as far as is known, and the seconds in which they are fitted on all rows.
    size: float = 0.0
    anew: float = 0.0
    _failure: Exception | None = field(default=None, init=False)
    # The weights that were last asked for, and of how many candidates.
    _asked: tuple[int, tuple[Floats, float]] | None = field(default=None, init=False)

    def run(self, candidates: Iterable[Candidate]) -> Found:
        """Try the candidates while there is time and nobody asks it to stop."""
        before, passed = -np.inf, 0
        for number, candidate in enumerate(candidates):
            if number and number % _ROUND == 0 and self.tried:
                now = self._best_together()[1]
                if not now > before + _HELPED * abs(now - _constant_gain(self)):
                    break
                before = now
            if self.tried and not self._has_time_for(candidate):
                passed += 1
                slow = candidate.family != TREES and any(each.candidate.family != TREES for each in self.tried)
                if self.budget.over or passed > _MOST_PASSED or not slow:
                    break
                continue
            self._try(candidate)
            if self.budget.stopped():
                break
        if not self.tried:
            # All that were tried were given up: of trees there is always a model, if of one round.
            self._try(PORTFOLIO[0])
        if not self.tried and self._failure is not None:
            raise self._failure
        self._teller.say(f"{self._so_far}putting the best together")
        return self.together(self.budget.stopped())

    def outcomes(self) -> list[Outcome]:
        """Return what came of the candidates so far; those for which there was no time are none."""
        worse = [Outcome(each.candidate, None, None) for each in self.skipped if each.reason == WORSE]
        return [*(Outcome(each.candidate, each.gain, each.size) for each in self.tried), *worse]

    def _has_time_for(self, candidate: Candidate) -> bool:
        usual = [each.seconds for each in self.tried if each.candidate.family == candidate.family]
        wanted = float(np.median(usual or [each.seconds for each in self.tried]))
        return self.budget.left - self._kept_for_curve - self._kept_for_more > _WORTH_BEGINNING * wanted

    @property
    def _kept_for_curve(self) -> float:
        """The seconds that the search leaves for a learning curve, where one is cheap: what a fold of the quickest
        candidate takes, and a little.
        """
        a_fold = min((each.seconds / len(each.folds) for each in self.tried), default=np.inf)
        return 2 * a_fold if 2 * a_fold <= _CURVE_SHARE * self.budget.seconds else 0.0

    @property
    def _kept_for_more(self) -> float:
        """The seconds that what follows takes longer with another candidate, one like those that were tried."""
        if not self.tried:
            return 0.0
        size = min(self.size + float(np.median([self._served_size(each) for each in self.tried])), self.most_bytes)
        anew = self.anew + float(np.median([self.seconds_anew(each) for each in self.tried]))
        return self.smaller + self.after.of(size, len(self.tried) + 1) + anew - self.budget.foreseen

    def _try(self, candidate: Candidate) -> None:
        began = time.monotonic()
        fitted: list[Fitted] = []
        wave = self._wave
        share = _SHARES.get(candidate.family, 1.0) if self.tried else _FIRST_SHARE
        try:
            # The rows are read as the family reads them before the time is parted among its folds.
            self.fitting(candidate, np.inf)
            kept = self._kept_for_curve + self._kept_for_more
            ends = self.budget.clock() + max(self.budget.left - kept, 1.0) * share
            waves = rows_of_waves(self.folds, wave)
            for begin in range(0, len(self.folds), wave):
                numbers = range(begin, min(begin + wave, len(self.folds)))
                share_now = waves[begin // wave] / sum(waves[begin // wave :])
                until = self.budget.clock() + (ends - self.budget.clock()) * share_now
                fitted += each(self.fitting(candidate, until), numbers, wave)
                if self.budget.over and begin + wave < len(self.folds):
                    if self.tried:
                        raise OutOfTime
                    # Better a model of some folds than none.
                    break
                if not all(np.isfinite(fold.raw).all() for fold in fitted):
                    raise UntrainableModel.of("its answers are not finite numbers")
                if _is_hopeless(self, fitted):
                    self.skipped.append(Skipped(candidate, WORSE))
                    return
            fitted = list(all_settled(fitted))
        except OutOfTime:
            reason = "stopped by hand" if self.budget.stopped() else "no time left to fit it"
            self.skipped.append(Skipped(candidate, reason))
            return
        except Cancelled:
            # No candidate's fault, as the other errors are.
            raise
        except FAILURES as problem:
            self.skipped.append(Skipped(candidate, reason_of(problem), failed=not isinstance(problem, UserError)))
            self._failure = problem
            return
        self.take(candidate, fitted, time.monotonic() - began)

    def take(self, candidate: Candidate, fitted: Sequence[Fitted], seconds: float) -> None:
        """Take in a candidate that was fitted on the folds, and keep the time that it will ask for at the end."""
        raw = self.out_of_fold(fitted)
        gain = self.after.measured(lambda: self.gain(raw))
        self.tried.append(Tried(candidate, tuple(fitted), raw, gain, seconds))
        first = fitted[0]
        if isinstance(first, GrownTrees):
            self.after.read(first.text)
        self._foresee(self.tried[-1])

    def _foresee(self, last: Tried) -> None:
        """Keep time for what follows the best together; where that is not quickly asked, for the last one too."""
        count = len(self.tried)
        if self.after.of_choosing(count) <= _ASKING_SHARE * last.seconds:
            weights = self._best_together()[0]
            best = [each for each, weight in zip(self.tried, weights, strict=True) if weight]
            self.size = min(float(sum(map(self._served_size, best))), self.most_bytes)
            self.anew = sum(map(self.seconds_anew, best))
        else:
            self.size = min(self._served_size(last) + (self.size if count > 1 else 0.0), self.most_bytes)
            self.anew = self.seconds_anew(last) + (self.anew if count > 1 else 0.0)
        self.budget.foreseen = self.smaller + self.after.of(self.size, count) + self.anew

    def _served_size(self, tried: Tried) -> int:
        return tried.folds[0].size if self.forward else tried.size

    def seconds_anew(self, tried: Tried) -> float:
        """Return how long it is likely to take to fit a candidate on all rows; none where its folds' models serve."""
        if not self.forward or tried.candidate.family == AUTOGLUON:
            return 0.0
        return tried.seconds * len(self.data.target) / sum(rows_of_waves(self.folds[: len(tried.folds)], self._wave))

    @property
    def _wave(self) -> int:
        return max(1, min(self.data.threads, len(self.folds)))

    @cached_property
    def members(self) -> MemberRows:
        """The rows as the families of the members read them."""
        return MemberRows(self.data, self.rows, self.folds, self.metric, self.budget)

    def of_folds(self, folds: Sequence[Fold]) -> Search:
        """Return a search of the same rows in other folds that has tried nothing yet."""
        other = replace(self, folds=folds, rows=self.rows.of_folds(folds), tried=[], skipped=[])
        other.members = self.members.of_folds(other.rows, folds)
        return other

    def fitting(self, candidate: Candidate, until: float, rounds: int | None = None) -> Callable[[int], Fitted]:
        """Return what fits a candidate on the fold of a number, with time until then by the budget's clock; trees of so
        many `rounds` on all rows.
        """
        doing = f"{'trying' if rounds is None else 'growing'} {candidate.name}"
        return self.members.fitting(candidate, until, lambda: self.tell(doing), rounds)

    @cached_property
    def _teller(self) -> Teller:
        return Teller(self.budget, self.progress)

    def tell(self, doing: str) -> None:
        """Say twice a second how far the time has gone and what is best so far; who is told may raise Cancelled."""
        self._teller.tell(self._so_far + doing)

    @property
    def _so_far(self) -> str:
        best = max(self.tried, key=lambda each: each.gain, default=None)
        return "" if best is None else f"{self.metric.name} {self.metric.value(best.gain):.5g} so far, "

    def gain_on(self, fold: Fold, raw: Floats) -> float:
        """Return the metric, more being better, of raw outputs for the rows that judge a fold."""
        weights = None if self.data.weights is None else self.data.weights[fold.judged]
        return self.metric.gain(self.data.target[fold.judged], self._scores(raw), weights)

    def _scores(self, raw: Floats) -> Floats:
        return TreeOutput(self.link).scores(raw)

    def out_of_fold(self, fitted: Sequence[Fitted], most: float = np.inf) -> Floats:
        """Return `judged_by_folds` of the models of the folds, (n, outputs)."""
        raws = [each.raw for each in fitted]
        return judged_by_folds(self.folds, raws, (len(self.data.target), self.rows.outputs), most)

    def gain(self, raw: Floats) -> float:
        """Return the metric, more being better, of raw outputs for all rows that are judged."""
        known = np.isfinite(raw[:, 0])
        weights = None if self.data.weights is None else self.data.weights[known]
        return self.metric.gain(self.data.target[known], self._scores(raw[known]), weights)

    def _best_together(self) -> tuple[Floats, float]:
        """Return what `_chosen` does, asked once of the same candidates."""
        if self._asked is None or self._asked[0] != len(self.tried):
            self._asked = len(self.tried), self.after.chosen(len(self.tried), self._chosen)
        return self._asked[1]

    def _chosen(self) -> tuple[Floats, float]:
        """Return the weights of the candidates that are best together, and what they gain."""
        known = np.flatnonzero(np.isfinite(self.tried[0].raw[:, 0]))
        return self.asked.best_together([each.raw for each in self.tried], known)

    @property
    def asked(self) -> Asked:
        """The rows, and what is looked for."""
        return Asked(self.data, self.metric, self.link)

    def together(self, interrupted: bool, weights: Floats | None = None) -> Found:
        """Return the candidates with these weights, or those best together, and how their sum is calibrated."""
        raws = [each.raw for each in self.tried]
        if weights is None:
            weights = self._best_together()[0]
            crossed = self.asked.crossed(raws, weights)
        else:
            # Chosen elsewhere, by all rows.
            part = parts_of(len(self.data.target), self.data.seed)
            crossed = Crossed(part, np.tile(weights, (int(part.max(initial=0)) + 1, 1)))
        standing = [replace(each, folds=each.folds[:1]) for each in self.tried] if self.forward else self.tried
        left = self.budget.seconds - self.budget.reserve - self.budget.spent
        most, models = self.after.most_bytes(left), models_of(standing, weights)
        tried, weights = thinner(standing, weights, min(most, self.most_bytes))
        fewer = models_of(tried, weights) < models
        self.size = sum(each.size for each, weight in zip(tried, weights, strict=True) if weight)
        raw = np.tensordot(weights, np.stack(raws), axes=1)
        return Found(
            tried,
            tuple(self.skipped),
            weights,
            raw,
            crossed.among(weights).raw(raws),
            crossed,
            self.asked.stretch(raw, np.isfinite(raw[:, 0])),
            interrupted,
            models if fewer else 0,
            late=fewer and most < self.most_bytes,
        )


def _is_hopeless(search: Search, fitted: Sequence[Fitted]) -> bool:
    """Return whether the first folds show a candidate to be worse than the best by too much."""
    if not search.tried or len(fitted) == len(search.folds):
        return False
    best = max(search.tried, key=lambda each: each.gain)
    judged = search.folds[: len(fitted)]
    here = [search.gain_on(fold, each.raw) for fold, each in zip(judged, fitted, strict=True)]
    there = [search.gain_on(fold, each.raw) for fold, each in zip(judged, best.folds, strict=False)]
    usual = [np.broadcast_to(usual_answer(search.data), each.raw.shape) for each in fitted]
    constant = [search.gain_on(fold, raw) for fold, raw in zip(judged, usual, strict=True)]
    if not np.isfinite([here, there, constant]).all():
        return False
    gained = float(np.mean(there)) - float(np.mean(constant))
    return bool(np.mean(here) < np.mean(there) - _HOPELESS * abs(gained))


def _constant_gain(search: Search) -> float:
    raw = search.tried[0].raw
    return search.gain(np.where(np.isfinite(raw), usual_answer(search.data), np.nan))


def usual_answer(data: TrainingData) -> Floats:
    """Return the raw outputs of the answer that is the same for every row: the mean, or the shares of the classes."""
    weights = None if data.weights is None or not data.weights.any() else data.weights
    if data.task is Task.REGRESSION:
        return np.array([np.average(data.target, weights=weights)])
    rows = np.bincount(data.target.astype(np.int64), weights, len(data.classes))
    usual: Floats = raw_of(rows[None, :] / rows.sum(), data.task)[0]
    return usual


def all_settled(fitted: Sequence[Fitted]) -> Sequence[Fitted]:
    """Return the models of all folds, trees with rounds that their own judges did not choose."""
    trees = [fold for fold in fitted if isinstance(fold, GrownTrees)]
    return settled(trees) if len(trees) == len(fitted) else fitted
