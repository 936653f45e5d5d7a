"""An endpoint as a project declares it: a served name for a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, cast

from penstock.core.diagnostics import Diagnostic
from penstock.core.names import Kind
from penstock.core.options import OptionSpec, OptionValue, read_options
from penstock.project.release import OPTIONS as RELEASE_OPTIONS
from penstock.sql.statement import CreateEndpoint

# Each of them stands under its name in the endpoint's state in the catalog, where ALTER ENDPOINT changes it.
OPTIONS: tuple[OptionSpec, ...] = (
    OptionSpec(
        "log",
        "boolean",
        True,
        "Whether every answered prediction goes into the prediction log; monitors read it.",
    ),
    OptionSpec(
        "log_sample",
        "number",
        1.0,
        "The part of the requests that is logged. A hash of a request's id decides, so that its rows are all in the "
        "log or none is; an answer that is not logged says so.",
        minimum=0.0,
        maximum=1.0,
    ),
    OptionSpec(
        "log_omit",
        "string list",
        None,
        "Columns that are not written into the log, since they are about persons, say. No monitor measures them.",
    ),
    OptionSpec(
        "log_hash",
        "string list",
        None,
        "Columns whose values are in the log as hashes under the key in PENSTOCK_LOG_KEY: equal ones can be joined, "
        "and nobody without the key can read them. No monitor measures them.",
    ),
    OptionSpec(
        "log_full",
        "string",
        "refuse",
        "When the log has no room, by the bound in penstock.toml or because the disk is full: 'refuse' requests, or "
        "'drop' what would be logged and answer. Dropped rows are counted and told in the history.",
        choices=("refuse", "drop"),
    ),
    OptionSpec(
        "sticky_by",
        "string",
        None,
        "The column whose value chooses the version where traffic is split, so that a customer, say, always meets the "
        "same; without it each request's id does. Of a column that the model does not take requests bring the value as "
        '"key".',
    ),
    *RELEASE_OPTIONS,
    OptionSpec("description", "string", None, "What the endpoint is for, for people."),
)


@dataclass(frozen=True)
class EndpointSpec:
    """What a CREATE ENDPOINT statement declares: `options` holds every one of OPTIONS. The model's champion answers."""

    kind: ClassVar[Kind] = Kind.ENDPOINT

    name: str
    model: str
    options: Mapping[str, OptionValue] = field(default_factory=lambda: {spec.name: spec.default for spec in OPTIONS})

    @property
    def log(self) -> bool:
        """Whether answers go into the prediction log."""
        return bool(self.options["log"])

    @property
    def description(self) -> str | None:
        """What the endpoint is for, for people."""
        return cast("str | None", self.options["description"])

    def served_options(self) -> dict[str, OptionValue]:
        """Return what the endpoint's state is to hold of its options."""
        return dict(self.options)

    def options_now(self, state: Mapping[str, Any]) -> dict[str, OptionValue]:
        """Return every option as the endpoint's state has it, or, where that says nothing, as it was declared."""
        return {name: state.get(name, value) for name, value in self.options.items()}


def endpoint_spec(statement: CreateEndpoint) -> tuple[EndpointSpec | None, list[Diagnostic]]:
    """Return what the statement declares and everything wrong with it; no spec when an option is wrong."""
    values, findings = read_options(statement.options, OPTIONS, f"endpoint {statement.name}", statement.span)
    return (None, findings) if findings else (EndpointSpec(statement.name, statement.model, values), [])
