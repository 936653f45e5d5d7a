"""What an experiment measures, as SQL over one prediction and its outcome."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from penstock.core.errors import InvalidOption, UnknownName
from penstock.core.names import with_article
from penstock.engine.monitor_log import JSON_TYPES, outcome_type
from penstock.learn.manifest import Manifest
from penstock.learn.schema import Feature, Task
from penstock.project.experiment import CONVERSION, ExperimentSpec, Measure
from penstock.sql.predicate import predicate_to_duckdb
from penstock.sql.quoting import quote_identifier
from penstock.sql.references import columns

# A probability of 0 would cost without bounds; scikit-learn's log_loss stops there too.
_LEAST = 1e-15
_SQUARED = "(prediction - actual) * (prediction - actual)"
# Which models have a metric.
_TASKS: Mapping[str, tuple[Task, ...]] = {
    "accuracy": (Task.CLASSIFICATION,),
    "log_loss": (Task.CLASSIFICATION,),
    "mean_absolute_error": (Task.REGRESSION, Task.RECOMMENDATION),
    "mean_squared_error": (Task.REGRESSION, Task.RECOMMENDATION),
}


@dataclass(frozen=True)
class Term:
    """A piece of SQL and the values to bind in it, by name."""

    sql: str
    values: Mapping[str, object] = field(default_factory=dict)


def value_of(measure: Measure, manifest: Manifest) -> Term:
    """Return a measure over the columns `prediction`, `actual`, `inputs`, `outputs` and `outcome`, what came of the
    prediction, which is NULL where nothing did.

    Raises InvalidOption for a metric that a model of this task does not have.
    """
    tasks = _TASKS.get(measure.text, ()) if measure.expression is None else ()
    if tasks and manifest.task not in tasks:
        message = f"{measure.text} is not a metric of {with_article(manifest.task)} model."
        known = [name for name, of in _TASKS.items() if manifest.task in of]
        raise InvalidOption.of(message, hint=f"Known: {', '.join((*known, CONVERSION))}, or an expression.")
    if measure.of_outcomes:
        return Term("CAST(outcome IS NOT NULL AS DOUBLE)" if measure.expression is None else "coalesce(outcome, 0.0)")
    if measure.expression is not None:
        return Term(f"CAST(({predicate_to_duckdb(measure.expression)}) AS DOUBLE)")
    match measure.text:
        case "accuracy":
            return Term("CAST(prediction = actual AS DOUBLE)")
        case "mean_absolute_error":
            return Term("abs(prediction - actual)")
        case "mean_squared_error":
            return Term(_SQUARED)
        case _:
            return _log_loss(manifest)


def _log_loss(manifest: Manifest) -> Term:
    """Return the loss of the probability that was given to the class that it was; of a class that the model does not
    know it is that of none.
    """
    kind = outcome_type(manifest)
    place = f"list_position(CAST($classes AS {kind}[]), actual)"
    chance = (
        "CAST(json_extract(outputs, '$.probabilities') AS MAP(VARCHAR, DOUBLE))[list_extract($keys, " + place + ")]"
    )
    sql = f"CASE WHEN actual IS NOT NULL THEN -ln(greatest(coalesce({chance}, 0.0), {_LEAST})) END"
    classes = [str(label) if kind == "VARCHAR" else label for label in manifest.classes]
    # As an answer names them.
    keys = [json.dumps(label) if isinstance(label, bool) else str(label) for label in manifest.classes]
    return Term(sql, {"classes": classes, "keys": keys})


@dataclass(frozen=True)
class Inputs:
    """The inputs of the versions that an experiment asks for, by name as they are declared, with DuckDB's types."""

    types: Mapping[str, object]

    @property
    def structure(self) -> str:
        """What `from_json` is told."""
        return json.dumps(self.types)

    def column(self, name: str) -> str:
        """Return the SQL of an input, of the struct `inputs`."""
        declared = next(known for known in self.types if known.casefold() == name.casefold())
        return f"inputs.{quote_identifier(declared)}"


def inputs_asked(spec: ExperimentSpec, manifests: list[Manifest]) -> Inputs:
    """Return the inputs that an experiment's options name; raises UnknownName for one that no version takes."""
    known: dict[str, Feature] = {}
    for manifest in manifests:
        for feature in manifest.inputs:
            known.setdefault(feature.name.casefold(), feature)
    types: dict[str, object] = {}
    for name in spec.segments:
        types[_known(known, name, "segments").name] = "VARCHAR"
    if spec.unit is not None:
        types[_known(known, spec.unit, "unit").name] = "VARCHAR"
    if spec.covariate is not None and "." not in spec.covariate:
        types[_known(known, spec.covariate, "covariate").name] = "DOUBLE"
    for measure in (spec.metric, *spec.guardrails):
        option = "metric" if measure is spec.metric else "guardrails"
        for name in columns(measure.expression) if measure.expression and not measure.of_outcomes else ():
            first, _, rest = name.partition(".")
            if first.casefold() == "inputs" and rest:
                found = _known(known, rest.partition(".")[0], option)
                types[found.name] = JSON_TYPES[found.type]
    return Inputs(types)


def _known(known: Mapping[str, Feature], name: str, option: str) -> Feature:
    if name.casefold() not in known:
        raise UnknownName.among("input", name, [feature.name for feature in known.values()], option=option)
    return known[name.casefold()]
