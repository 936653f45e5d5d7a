"""One finding about a table: what is so, and what AutoML does about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from penstock.core.diagnostics import Diagnostic, Severity

Json = Any


class Weight(StrEnum):
    """How much a finding matters: worth knowing, to be looked at, or what a training refuses."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """The place among the weights, the heaviest last."""
        return list(Weight).index(self)


@dataclass(frozen=True)
class TableFinding:
    """`columns` are those that it is about, none for one about rows. `done` is what AutoML does about it, in its first
    sentence, and then why, or what else can be done; with `drops` it leaves the columns out of every candidate.
    """

    kind: str
    columns: tuple[str, ...]
    severity: Weight
    message: str
    done: str
    drops: bool = False

    def as_json(self) -> dict[str, Json]:
        """Return plain values, as they stand in the details of a model."""
        return {
            "kind": self.kind,
            "columns": list(self.columns),
            "severity": str(self.severity),
            "message": self.message,
            "done": self.done,
            "drops": self.drops,
        }

    @property
    def told(self) -> tuple[str, str, str, str]:
        """What it is, how much it matters, what AutoML does in a word or two, and all that is to be said of it."""
        done, _, more = self.done.partition(". ")
        return self.kind, str(self.severity), done.rstrip(".").lower(), f"{self.message} {more}".strip()

    def kept(self, why: str) -> TableFinding:
        """Return the same finding, of columns that are not left out after all."""
        return replace(self, drops=False, done=why)


def finding_from_json(raw: Mapping[str, Json]) -> TableFinding:
    """Return the finding that `as_json` wrote."""
    return TableFinding(
        raw["kind"], tuple(raw["columns"]), Weight(raw["severity"]), raw["message"], raw["done"], raw["drops"]
    )


def diagnostics_of(findings: tuple[TableFinding, ...]) -> tuple[Diagnostic, ...]:
    """Return what a training says of its findings: those that are to be looked at, each with what was done."""
    return tuple(
        Diagnostic(finding.kind.replace(" ", "-"), finding.message, None, finding.done, Severity.WARNING)
        for finding in findings
        if finding.severity is not Weight.INFO
    )
