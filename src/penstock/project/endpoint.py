"""An endpoint as a project declares it: a served name for a model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, cast

from penstock.core.diagnostics import Diagnostic
from penstock.core.names import Kind
from penstock.core.options import OptionSpec, read_options
from penstock.sql.statement import CreateEndpoint

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
    """What a CREATE ENDPOINT statement declares. The model's champion answers."""

    kind: ClassVar[Kind] = Kind.ENDPOINT

    name: str
    model: str
    log: bool = True
    description: str | None = None


def endpoint_spec(statement: CreateEndpoint) -> tuple[EndpointSpec | None, list[Diagnostic]]:
    """Return what the statement declares and everything wrong with it; no spec when an option is wrong."""
    values, findings = read_options(statement.options, OPTIONS, f"endpoint {statement.name}", statement.span)
    if findings:
        return None, findings
    spec = EndpointSpec(
        name=statement.name,
        model=statement.model,
        log=cast("bool", values["log"]),
        description=cast("str | None", values["description"]),
    )
    return spec, []
