"""All findings about a table and its label, and the table without what AutoML leaves out."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import pyarrow as pa

from penstock.learn.learner import TrainingData
from penstock.learn.understanding.column_type import meanings, type_findings
from penstock.learn.understanding.constancy import constancy_findings
from penstock.learn.understanding.finding import TableFinding
from penstock.learn.understanding.gap import gap_findings
from penstock.learn.understanding.leak import leak_findings
from penstock.learn.understanding.likeness import likeness_findings
from penstock.learn.understanding.rarity import rarity_findings
from penstock.learn.understanding.repetition import repetition_findings
from penstock.learn.understanding.sample import Sample, quoted_name
from penstock.learn.understanding.shift import shift_findings
from penstock.learn.understanding.stand_in import stand_in_findings
from penstock.learn.understanding.target import target_findings

# More findings of one kind are told as one.
_MOST_OF_KIND = 8
_NO_OTHER = "Kept all the same. There is no other column."


def _endless() -> float:
    return math.inf


@dataclass(frozen=True)
class Question:
    """What is looked at: the rows of training, the label's name, the rows held out, and the column that says when
    each row of training was, where that is told. With `drop_leaks` leaks are left out. `left` tells the seconds for
    what takes longest.
    """

    data: TrainingData
    label: str
    judging: pa.Table | None = None
    time: str | None = None
    times: pa.ChunkedArray | None = None
    drop_leaks: bool = False
    left: Callable[[], float] = _endless


def findings_of(question: Question) -> tuple[TableFinding, ...]:
    """Return all that is found, the label first; what says nothing is not looked at further."""
    sample = Sample(question.data, question.label)
    found = list(target_findings(sample))
    found += constancy_findings(sample)
    sample = Sample(without(sample.data, found), sample.label)
    found += stand_in_findings(sample)
    read_as = meanings(sample)
    found += type_findings(sample, read_as)
    found += repetition_findings(Sample(question.data, question.label), question.judging)
    sample = Sample(without(sample.data, found), sample.label)
    found += leak_findings(sample, question.drop_leaks, question.left)
    found += shift_findings(sample, question.time, question.times)
    found += gap_findings(sample)
    found += rarity_findings(sample, read_as)
    found += likeness_findings(sample)
    if not left_in(question.data, found):
        found = [finding.kept(_NO_OTHER) if finding.drops else finding for finding in found]
    return tuple(_condensed(found))


def left_in(data: TrainingData, findings: Sequence[TableFinding]) -> list[str]:
    """Return the names of the features that no finding leaves out."""
    dropped = set(chain.from_iterable(finding.columns for finding in findings if finding.drops))
    return [feature.name for feature in data.features if feature.name not in dropped]


def without(data: TrainingData, findings: Sequence[TableFinding]) -> TrainingData:
    """Return the same rows with the features that are left in; with all of them where that were none."""
    names = left_in(data, findings)
    if not names or len(names) == len(data.features):
        return data
    wanted = set(names)
    kept = tuple(feature for feature in data.features if feature.name in wanted)
    return replace(data, columns=data.columns.select(names), features=kept)


def _condensed(findings: Sequence[TableFinding]) -> list[TableFinding]:
    """Return the findings with many of one kind told as one, where the first of them stood."""
    kinds: dict[tuple[str, bool], list[TableFinding]] = {}
    for finding in findings:
        kinds.setdefault((finding.kind, finding.drops), []).append(finding)
    told: list[TableFinding] = []
    for of_kind in kinds.values():
        told += of_kind if len(of_kind) <= _MOST_OF_KIND else [_as_one(of_kind)]
    return told


def _as_one(findings: Sequence[TableFinding]) -> TableFinding:
    columns = tuple(dict.fromkeys(chain.from_iterable(finding.columns for finding in findings)))
    heaviest = max(findings, key=lambda finding: finding.severity.rank)
    named = ", ".join(repr(name) for name in columns[: _MOST_OF_KIND - 1])
    message = f"{len(columns)} columns: {named}, …. The first: {findings[0].message}"
    done = findings[0].done
    if quoted_name(columns[0]) in done:
        done += " The same goes for the others."
    return replace(heaviest, columns=columns, message=message, done=done)
