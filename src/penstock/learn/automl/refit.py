"""The members of a search that walks forward in time, fitted anew on all rows: their folds' models have not seen the
latest ones.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from penstock.core.errors import Cancelled
from penstock.learn.automl.candidate import AUTOGLUON
from penstock.learn.automl.fold import Fold
from penstock.learn.automl.found import FAILURES, Found, Tried, reason_of
from penstock.learn.automl.learner_candidate import OutOfTime
from penstock.learn.automl.member_rows import Fitted
from penstock.learn.automl.search import Search
from penstock.learn.automl.tree_candidate import GrownTrees


@dataclass(frozen=True)
class Refitted:
    """What was found, each member one model: of all rows, `anew` by their names, or of the newest fold, `of_fold` with
    the reason.
    """

    found: Found
    anew: tuple[str, ...] = ()
    of_fold: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """Say what the members have seen."""
        told = []
        if self.anew:
            told.append(f"Fitted on all rows, once they were chosen by what came later: {', '.join(self.anew)}.")
        if self.of_fold:
            members = ", ".join(self.of_fold)
            told.append(f"Served as fitted on what came before the last stretch of time: {members}.")
        return tuple(told)


def refitted(search: Search, found: Found) -> Refitted:
    """Return what a search that walked forward found, with its members fitted on all rows: the heaviest first, with as
    many rounds as those of the newest fold, as far as there is time before all is to be written.
    """
    members = [place for place in np.argsort(-found.weights, kind="stable").tolist() if found.weights[place]]
    tried = list(found.tried)
    budget = search.budget
    written = search.smaller + search.after.of(search.size, 0)
    ends = budget.began + budget.seconds - budget.reserve - written
    newest = search.folds[0]
    whole = search.of_folds((Fold(np.ones_like(newest.fitted), newest.judged),))
    anew, of_fold = [], []
    for number, place in enumerate(members):
        wanted = [search.seconds_anew(search.tried[each]) for each in members[number:]]
        until = budget.clock() + (ends - budget.clock()) * wanted[0] / (sum(wanted) or 1.0)
        name, model = tried[place].candidate.name, _of_all_rows(whole, tried[place], until)
        if isinstance(model, str):
            of_fold.append(f"{name} ({model})")
        else:
            tried[place] = replace(tried[place], folds=(model,))
            anew.append(name)
    return Refitted(replace(found, tried=tuple(tried)), tuple(anew), tuple(of_fold))


def _of_all_rows(whole: Search, tried: Tried, until: float) -> Fitted | str:
    """Return a candidate fitted on all rows, or why it is not."""
    budget, (newest,) = whole.budget, tried.folds
    if tried.candidate.family == AUTOGLUON:
        return "AutoGluon fits folds only"
    rounds = newest.rounds if isinstance(newest, GrownTrees) else None
    try:
        if budget.stopped() or budget.clock() >= until:
            raise OutOfTime
        model = whole.fitting(tried.candidate, until, rounds)(0)
        if budget.stopped() or budget.clock() >= until:
            # Ended before it was as good as it gets.
            raise OutOfTime
    except OutOfTime:
        return "stopped by hand" if budget.stopped() else "no time left"
    except Cancelled:
        raise
    except FAILURES as problem:
        return reason_of(problem)
    if not np.isfinite(model.raw).all():
        return "its answers are not finite numbers"
    return replace(model, scoring=newest.scoring) if isinstance(model, GrownTrees) else model
