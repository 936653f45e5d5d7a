"""What is wrong with the user's input, as data: collected, sorted, printed at the edge."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum

from penstock.core.spans import Span


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Diagnostic:
    """One finding: what is wrong, where, and what to do about it.

    `option` is the name of the given option that it is about, whose place becomes its own.
    `code` is `PS` and three digits (docs/reference/rules.md lists them) or a short word for findings outside the rules.
    """

    code: str
    message: str
    span: Span | None = None
    hint: str | None = None
    severity: Severity = Severity.ERROR
    option: str | None = None

    def __str__(self) -> str:
        where = f"{self.span}: " if self.span else ""
        hint = f"\n  {self.hint}" if self.hint else ""
        return f"{where}{self.severity} {self.code}: {self.message}{hint}"

    def as_json(self) -> dict[str, object]:
        """Return the finding as plain values, the same for terminal, HTTP and browser."""
        return asdict(self, dict_factory=lambda pairs: {name: value for name, value in pairs if name != "option"})


def errors_among(diagnostics: tuple[Diagnostic, ...] | list[Diagnostic]) -> list[Diagnostic]:
    """Return the findings that stop work."""
    return [finding for finding in diagnostics if finding.severity is Severity.ERROR]
