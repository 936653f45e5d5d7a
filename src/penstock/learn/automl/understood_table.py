"""The table of a search as it was found to be: what is said of it, and what the candidates do not get to see."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
from numpy.typing import NDArray

from penstock.core.diagnostics import Diagnostic
from penstock.core.options import OptionValue
from penstock.learn.automl.derived_feature import DerivedFeature
from penstock.learn.automl.quantity_feature import QUANTITIES
from penstock.learn.automl.text_feature import TEXT
from penstock.learn.automl.topic_feature import TOPICS
from penstock.learn.automl.validation import validation_of
from penstock.learn.feature_column import array_of
from penstock.learn.learner import TrainingData
from penstock.learn.schema import Feature, Task
from penstock.learn.understanding.finding import TableFinding, Weight, diagnostics_of, finding_from_json
from penstock.learn.understanding.label_noise import Suspects, noise_findings, suspect_labels, suspects_of
from penstock.learn.understanding.survey import Question, findings_of, without
from penstock.learn.understanding.text_meaning import READABLE, TextKind

Json = Any


@dataclass(frozen=True)
class UnderstoodTable:
    """The rows of training: `data` with the features that candidates get, `whole` with all."""

    data: TrainingData
    whole: TrainingData
    label: str
    findings: tuple[TableFinding, ...]

    @property
    def features(self) -> tuple[Feature, ...]:
        """All features of the table."""
        return self.whole.features

    def restored(self, data: TrainingData) -> TrainingData:
        """Return what a search was fitted on as data whose features are those of the table, then those made of them.

        A model takes what was left out as it takes the others, and makes nothing of it: so it can be compared with an
        earlier one of the same table. The columns stay as they are.
        """
        names = {feature.name for feature in self.features}
        made = tuple(feature for feature in data.features if feature.name not in names)
        return replace(data, features=(*self.features, *made))

    def told(
        self, suspects: Suspects | None, derived: Sequence[DerivedFeature], members: frozenset[str] = frozenset()
    ) -> list[Json]:
        """Return all findings as JSON, after a search that kept these derived features, and some members of which read
        these texts word by word; with those about labels.
        """
        read = {name for each in derived if each.kind in (QUANTITIES, TEXT, TOPICS) for name in each.reads}
        found = [_after_search(finding, read, members) for finding in self.findings]
        found += noise_findings(suspects, self.data.classes, self.label)
        return [finding.as_json() for finding in found]

    def suspects(self, probabilities: NDArray[Any]) -> Suspects | None:
        """Return the rows whose labels may be wrong, of a classification, by what folds say of each row."""
        return suspects_of(probabilities, self.data.target) if self.data.task is Task.CLASSIFICATION else None

    def suspect_rows(self, suspects: Suspects | None) -> list[Json]:
        """Return these rows as a model's details keep them."""
        return list(suspect_labels(suspects, self.whole.columns, self.data.classes))


def _after_search(finding: TableFinding, read: set[str], members: frozenset[str]) -> TableFinding:
    """Return a finding about a text that means something, with what came of it."""
    if finding.kind == TextKind.FREE_TEXT:
        told = [
            (read, "What its words and letters say is columns; ML.FEATURE_SQL shows them."),
            (members, "Members of the ensemble weigh its words and letters one by one."),
        ]
        said = [sentence for names, sentence in told if names >= set(finding.columns)]
        if said:
            return replace(finding, done=" ".join(("Read.", *said)))
        return replace(finding, done="Kept as a category. Columns made of its words were not of use, or not in time.")
    if finding.kind not in READABLE:
        return finding
    if read.issuperset(finding.columns):
        done = "Read as what it means. ML.FEATURE_SQL shows how."
        return replace(finding, severity=Weight.INFO, done=done)
    return replace(finding, done="Kept as categories. " + finding.done.partition(". ")[2])


def understood(data: TrainingData, options: Mapping[str, OptionValue], left: Callable[[], float]) -> UnderstoodTable:
    """Return the rows of training that are not held out, looked at; `left` tells the seconds for what takes longest."""
    judging: pa.Table | None = None
    if data.held_out.any():
        judging = data.columns.filter(array_of(data.held_out))
        data = data.of_rows(~data.held_out)
    wanted = options["input_label_cols"]
    label = str(wanted[0]) if isinstance(wanted, list) else "label"
    time, times = None, None
    method, column = validation_of(data, options)
    if method == "TIME" and column is not None:
        time, times = column.column_names[0], column.column(0)
    findings = findings_of(Question(data, label, judging, time, times, bool(options["drop_leaks"]), left))
    return UnderstoodTable(without(data, findings), data, label, findings)


def warnings_of(details: Mapping[str, Json]) -> tuple[Diagnostic, ...]:
    """Return what a training says of the findings that stand in a model's details."""
    findings = details.get("search", {}).get("findings", [])
    return diagnostics_of(tuple(finding_from_json(raw) for raw in findings))
