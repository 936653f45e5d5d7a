"""Training with different values of the options, and keeping the best: hyperparameter tuning."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from typing import Any, cast

import numpy as np
import pyarrow as pa

from penstock.core.errors import Cancelled, InternalError, MissingExtra, StorageFailure, UntrainableModel, UserError
from penstock.core.options import GivenOption, OptionValue
from penstock.core.parallel import each
from penstock.learn.artifact import MANIFEST
from penstock.learn.fitting import Fitting, Made
from penstock.learn.learner import Progress
from penstock.learn.manifest import Transform, read_manifest
from penstock.learn.splitting import row_fingerprints
from penstock.learn.trial import TUNING, Trial, TrialStore, read_trial, trial_files
from penstock.learn.tuning_objective import goodness, objectives_of
from penstock.learn.tuning_search import Tried, next_points
from penstock.learn.tuning_space import Point, Space

# What stops the whole tuning instead of a trial.
_STOPS = (Cancelled, MissingExtra, StorageFailure)
# A trial's own fault in its numbers or in its library; more than half of the trials may not fail so.
_FAILS = (InternalError, ArithmeticError, ValueError, RuntimeError, MemoryError)
# A trial's share of the progress, in steps.
_STEPS = 1000


def tune(
    fitting: Fitting,
    options: Mapping[str, OptionValue],
    space: Space,
    threads: int,
    progress: Progress,
    kept: TuningLog | None,
) -> Made:
    """Return the best of num_trials models, with the others among its files and all of them in its details.

    `kept` holds the trials that were finished before; they are not run again. The same arguments give the same trials.
    Raises UntrainableModel when no trial gives a model, or more than half of them fail.
    """
    wanted = cast("int", options["num_trials"])
    at_once = cast("int", options["max_parallel_trials"])
    objective = objective_of(fitting, options)
    told = _Told(progress, wanted, objective)
    trials: list[Trial] = []
    while len(trials) < wanted:
        tried = [Tried(trial.hyperparameters, goodness(objective, trial.value)) for trial in trials]
        count = min(at_once, wanted - len(trials))
        algorithm = str(options["hparam_tuning_algorithm"])
        points = next_points(space, tried, algorithm, fitting.rows.data.seed, count)
        if not points:
            break
        run = partial(_run, fitting, options, objective, max(1, threads // at_once), told, kept)
        trials += each(run, list(enumerate(points, len(trials) + 1)), at_once)
        _refuse_failures(trials, wanted)
        told.best = _best(trials, objective)
    return _optimal(fitting, trials, objective, options, space)


def objective_of(fitting: Fitting, options: Mapping[str, OptionValue]) -> str:
    """Return the name of the metric that decides, in capitals."""
    given = options["hparam_tuning_objectives"]
    if isinstance(given, list):
        return str(given[0]).upper()
    return objectives_of(fitting.learner, options.get("feedback_type"))[0]


class TuningLog:
    """The trials that are kept while their tuning goes on."""

    def __init__(self, store: TrialStore, key: str) -> None:
        self._store, self._key = store, key
        self._read = {trial.number: trial for trial in map(read_trial, store.read(key))}

    def find(self, number: int, point: Point) -> Trial | None:
        """Return a trial that was finished before, when it tried the same."""
        found = self._read.get(number)
        return found if found is not None and found.hyperparameters == point else None

    def keep(self, trial: Trial) -> None:
        self._store.keep(self._key, trial.number, trial.as_files())


def tuning_key(table: pa.Table, given: Mapping[str, GivenOption], seed: int, transform: Transform | None) -> str:
    """Return a hash of all that decides what a tuning's trials are: rows, options, seed, TRANSFORM, this version."""
    whole = hashlib.sha256(np.sort(row_fingerprints(table)).tobytes())
    words = {name.lower(): option.value for name, option in sorted(given.items())}
    told = [version("penstock"), seed, words, repr(transform), [str(field) for field in table.schema]]
    whole.update(json.dumps(told, ensure_ascii=False, default=str, sort_keys=True).encode("utf-8", "surrogatepass"))
    return whole.hexdigest()


class _Told:
    """What is told of several trials at once: how much of all is done, and the best so far."""

    def __init__(self, progress: Progress, trials: int, objective: str) -> None:
        self.best: Trial | None = None
        self._progress, self._trials, self._objective = progress, trials, objective.lower()
        self._done: dict[int, float] = {}
        self._lock = threading.Lock()

    def of(self, number: int) -> Progress:
        def tell(done: int, total: int, note: str) -> None:  # noqa: ARG001
            self.reached(number, min(done / max(total, 1), 1.0))

        return tell

    def reached(self, number: int, share: float) -> None:
        """Tell that a trial has come so far."""
        with self._lock:
            self._done[number] = share
            done = round(_STEPS * sum(self._done.values()))
        best = self.best
        note = f"trial {number} of {self._trials}"
        if best is not None and best.value is not None:
            note += f", best {self._objective} {best.value:.4g}"
        self._progress(done, _STEPS * self._trials, note)


def _run(
    fitting: Fitting,
    options: Mapping[str, OptionValue],
    objective: str,
    threads: int,
    told: _Told,
    kept: TuningLog | None,
    numbered: tuple[int, Point],
) -> Trial:
    number, point = numbered
    trial = kept.find(number, point) if kept else None
    if trial is None:
        trial = _tried(fitting, {**options, **point}, objective, threads, told.of(number), number, point)
        if kept:
            kept.keep(trial)
    told.reached(number, 1.0)
    return trial


def _tried(
    fitting: Fitting,
    options: Mapping[str, OptionValue],
    objective: str,
    threads: int,
    progress: Progress,
    number: int,
    point: Point,
) -> Trial:
    try:
        made = fitting.made(options, threads, progress)
    except _STOPS:
        raise
    except UserError as problem:
        return Trial(number, point, "INFEASIBLE", problem.sentence)
    except _FAILS as problem:
        return Trial(number, point, "FAILED", f"{type(problem).__name__}: {problem}")
    last = made.manifest.iterations[-1] if made.manifest.iterations else None
    return Trial(
        number,
        point,
        "SUCCEEDED",
        None,
        made.chosen_by.get(objective.lower()),
        last.loss if last else None,
        last.eval_loss if last else None,
        made.files,
    )


def _refuse_failures(trials: Sequence[Trial], wanted: int) -> None:
    failed = [trial for trial in trials if trial.status == "FAILED"]
    if 2 * len(failed) > wanted:
        message = f"More than half of the {wanted} trials failed; trial {failed[0].number}: {failed[0].error}"
        raise UntrainableModel.of(message, hint="Narrow what is searched, or train once without num_trials.")


def _best(trials: Sequence[Trial], objective: str) -> Trial | None:
    """Return the first of the best trials; one whose objective is not defined only where none is better."""
    succeeded = [trial for trial in trials if trial.status == "SUCCEEDED"]
    values = {trial.number: goodness(objective, trial.value) for trial in succeeded}
    return max(
        succeeded,
        key=lambda trial: ((value := values[trial.number]) is not None and (1, value)) or (0, 0.0),
        default=None,
    )


def _optimal(
    fitting: Fitting, trials: Sequence[Trial], objective: str, options: Mapping[str, OptionValue], space: Space
) -> Made:
    best = _best(trials, objective)
    if best is None:
        first = trials[0]
        raise UntrainableModel.of(
            f"None of the {len(trials)} trials gave a model; trial 1: {first.error}",
            hint="ML options that are searched must fit the others: train once without num_trials to see.",
        )
    manifest = read_manifest(best.files[MANIFEST].decode())
    notes = list(manifest.notes)
    if len(trials) < cast("int", options["num_trials"]):
        notes.append(f"All {len(trials)} combinations were tried; num_trials asks for {options['num_trials']}.")
    parts = fitting.rows.parts
    if manifest.task.learns_from_label and not parts.turns and not parts.held_out.any():
        notes.append(
            "The trials were compared on the rows that they were fitted on, since none are held out: "
            "data_split_method = 'K_FOLD' compares them on other rows."
        )
    manifest = replace(
        manifest, notes=tuple(notes), details={**manifest.details, TUNING: _told_of(trials, best, objective, space)}
    )
    files = {**best.files, MANIFEST: manifest.as_json().encode(), **trial_files(trials, best.number)}
    return Made(files, manifest, fitting.judging_rows(), {objective.lower(): best.value})


def _told_of(trials: Sequence[Trial], best: Trial, objective: str, space: Space) -> dict[str, Any]:
    """Return what the details say of a tuning: the searched options with their types, and the trials."""
    rows = [{**trial.as_json(), "is_optimal": trial == best} for trial in trials]
    # A list, since a manifest's objects have their names in alphabetical order.
    types = [{"name": dimension.name, "type": dimension.type} for dimension in space.dimensions]
    return {"objective": objective.lower(), "optimal": best.number, "hyperparameters": types, "trials": rows}
