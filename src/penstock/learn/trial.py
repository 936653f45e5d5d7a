"""One trial of a tuning: what it tried, what came of it, and the model that it left."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, Protocol

from penstock.core.errors import InvalidOption
from penstock.learn.artifact import MANIFEST, MODEL, LoadedModel, load_model
from penstock.learn.manifest import read_manifest

Json = Any
Status = Literal["SUCCEEDED", "FAILED", "INFEASIBLE"]
# The key of a manifest's details under which a tuned model keeps its trials.
TUNING = "tuning"
# The file of a trial that is kept while its tuning goes on.
_TRIAL = "trial.json"


@dataclass(frozen=True)
class Trial:
    """`hyperparameters` are the values tried; `value` is the objective on the rows that choose, None when it is not
    defined. Losses are those of the last round. `files` are the artifact's, of a trial that succeeded.
    """

    number: int
    hyperparameters: Mapping[str, Json]
    status: Status
    error: str | None = None
    value: float | None = None
    training_loss: float | None = None
    eval_loss: float | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)

    def as_json(self) -> dict[str, Json]:
        """Return the trial without its files."""
        return {name: value for name, value in asdict(replace(self, files={})).items() if name != "files"}

    def as_files(self) -> dict[str, bytes]:
        """Return the trial as files to keep; `read_trial` reads them."""
        return {_TRIAL: json.dumps(self.as_json(), ensure_ascii=False).encode(), **self.files}


class TrialStore(Protocol):
    """Where the finished trials of a tuning are kept until its model is, so that one that was broken off goes on."""

    def read(self, key: str) -> Sequence[Mapping[str, bytes]]:
        """Return what was kept of the tuning of this key: the files of each trial."""
        ...

    def keep(self, key: str, number: int, files: Mapping[str, bytes]) -> None: ...


def read_trial(files: Mapping[str, bytes]) -> Trial:
    """Return the trial that `as_files` gave."""
    rest = {name: content for name, content in files.items() if name != _TRIAL}
    return Trial(**json.loads(files[_TRIAL]), files=rest)


def trial_files(trials: Sequence[Trial], optimal: int) -> dict[str, bytes]:
    """Return the files of all trials but the optimal one, under names that can stand beside those of the model."""
    return {
        f"{_prefix(trial.number)}{name}": content
        for trial in trials
        if trial.number != optimal
        for name, content in trial.files.items()
    }


def is_tuned(model: LoadedModel) -> bool:
    """Say whether a model is the best of several trials."""
    return TUNING in model.details


def trial_numbers(model: LoadedModel) -> list[int]:
    """Return the numbers of a tuned model's trials that left a model."""
    return [trial["number"] for trial in model.details[TUNING]["trials"] if trial["status"] == "SUCCEEDED"]


def optimal_trial(model: LoadedModel) -> int:
    """Return the number of the trial that a tuned model is."""
    number: int = model.details[TUNING]["optimal"]
    return number


def model_of_trial(model: LoadedModel, number: int, *, scores: bool = True) -> LoadedModel:
    """Return the model of a trial; raises InvalidOption for a trial that left none.

    When it is not to give `scores`, only to tell of itself, its graph is not loaded.
    """
    if number == optimal_trial(model):
        return model
    prefix = _prefix(number)
    files = {name.removeprefix(prefix): model.files[name] for name in model.files if name.startswith(prefix)}
    if not files:
        raise InvalidOption.of(_missing(model, number), hint="ML.TRIAL_INFO lists the trials.")
    if not scores:
        rest = {name: content for name, content in files.items() if name != MODEL}
        return LoadedModel(read_manifest(files[MANIFEST].decode()), rest)
    return load_model(files, None)


def _missing(model: LoadedModel, number: int) -> str:
    trials = model.details[TUNING]["trials"]
    found = next((trial for trial in trials if trial["number"] == number), None)
    if found is None:
        return f"There is no trial {number}: the model has the trials 1 to {len(trials)}."
    return f"Trial {number} left no model, it is {found['status']}: {found['error']}"


def _prefix(number: int) -> str:
    return f"trial_{number}."
