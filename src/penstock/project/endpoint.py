"""An endpoint as a project declares it: a served name for a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, cast

from penstock.core.diagnostics import Diagnostic
from penstock.core.names import Kind
from penstock.core.options import OptionSpec, OptionValue, read_options
from penstock.sql.statement import CreateEndpoint

# Each of them stands under its name in the endpoint's state in the catalog, where ALTER ENDPOINT changes it.
OPTIONS: tuple[OptionSpec, ...] = (
    OptionSpec(
        "log",
        "boolean",
        True,
        "Whether every answered prediction goes into the prediction log; monitors read it.",
    ),
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
