"""The exception tree.

PenstockError
├── UserError                 the user's input or data: exit code 1, never a traceback
│   ├── SyntaxProblem         text that does not parse
│   ├── UnknownName           a table, model, column or option that does not exist
│   ├── InvalidOption         an option's value is not what it must be
│   ├── BadData               a row, file or column that cannot be used
│   ├── AssertionFailed       an assertion of severity `error` does not hold
│   ├── UntrainableModel      the training data cannot make this model
│   ├── CorruptArtifact       an artifact's bytes are not the ones that were recorded
│   ├── Busy                  another process holds the catalog or the project's run
│   ├── StorageFailure        disk full, folder not writable, bucket not reachable
│   ├── Cancelled                 work was stopped before its end, by Ctrl-C or a request
│   └── MissingExtra          an optional package is needed
├── UsageError                the command line itself is wrong: exit code 2
└── InternalError             Penstock's own fault: exit code 3, with a traceback and a request to report it
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Self

from penstock.core.diagnostics import Diagnostic
from penstock.core.names import did_you_mean
from penstock.core.options import GivenOption
from penstock.core.spans import Span


class PenstockError(Exception):
    """The root. `exit_code` is what the command line ends with."""

    exit_code = 3


class UserError(PenstockError):
    """The user's input or data is wrong; `diagnostics` says what, where and what to do."""

    exit_code = 1
    code = "input"

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__("\n".join(str(finding) for finding in diagnostics))
        self.diagnostics = diagnostics

    @classmethod
    def of(cls, message: str, *, span: Span | None = None, hint: str | None = None, option: str | None = None) -> Self:
        """Return the error for one finding, coded after the class; `option` names the given option it is about."""
        return cls(Diagnostic(cls.code, message, span, hint, option=option))

    def at(self, span: Span) -> Self:
        """Return the same error; what had no place yet stands at `span`."""
        return type(self)(*(found if found.span else replace(found, span=span) for found in self.diagnostics))

    def at_options(self, given: Mapping[str, GivenOption]) -> Self:
        """Return the same error; what is about one of the options that were given stands where that does."""
        places = {name.lower(): option.span for name, option in given.items()}
        return type(self)(
            *(
                found if found.span else replace(found, span=places.get(found.option or ""))
                for found in self.diagnostics
            )
        )

    def _render_traceback_(self) -> list[str]:
        """Return what a notebook shows: the findings, and no traceback. IPython asks for it by this name."""
        return str(self).splitlines()

    def about(self, what: str) -> Self:
        """Return the same error; its messages begin with `what` cannot be used."""
        told = (replace(found, message=f"{what} cannot be used: {found.message}") for found in self.diagnostics)
        return type(self)(*told)

    @property
    def sentence(self) -> str:
        """What is wrong and where, for a record of what happened: no codes, no hints."""
        found = self.diagnostics
        return "; ".join(f"{each.span}: {each.message}" if each.span else each.message for each in found)


class SyntaxProblem(UserError):
    code = "syntax"


class UnknownName(UserError):
    code = "unknown-name"

    @classmethod
    def among(
        cls, what: str, name: str, known: Iterable[str], *, span: Span | None = None, option: str | None = None
    ) -> Self:
        """Return the error for a name that is not among the known ones, with the nearest as the hint."""
        return cls(
            Diagnostic(cls.code, f"There is no {what} {name!r}.", span, did_you_mean(name, known), option=option)
        )


class InvalidOption(UserError):
    code = "option"


class BadData(UserError):
    code = "data"


class AssertionFailed(UserError):
    code = "assertion"


class UntrainableModel(UserError):
    code = "training"


class CorruptArtifact(UserError):
    code = "artifact"


class Busy(UserError):
    code = "busy"


class StorageFailure(UserError):
    code = "storage"


class Cancelled(UserError):
    code = "cancelled"


class MissingExtra(UserError):
    code = "missing-extra"


class UsageError(PenstockError):
    exit_code = 2


class InternalError(PenstockError):
    exit_code = 3
