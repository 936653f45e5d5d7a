"""The options of a model that say nothing of its training: a description, labels, when it is to expire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from penstock.catalog.objects import ObjectState
from penstock.core.errors import InvalidOption
from penstock.core.options import GivenOption, OptionSpec, OptionValue, ValueType, read_options
from penstock.core.spans import Span


def _recorded(name: str, kind: ValueType = "string") -> OptionSpec:
    doc = "Recorded for the sake of scripts written for BigQuery; nothing here reads it."
    return OptionSpec(name, kind, None, doc, recorded="Recorded; nothing here reads it.")


def _pairs_problem(value: OptionValue) -> str | None:
    return None if label_pairs(value) is not None else "a list of pairs of texts, [('team', 'pricing')]"


def _moment_problem(value: OptionValue) -> str | None:
    return None if value is None or moment(str(value)) is not None else "a TIMESTAMP '2030-01-31 00:00:00+00', or NULL"


# What ALTER MODEL m SET OPTIONS (…) may hold.
ALTERABLE: tuple[OptionSpec, ...] = (
    OptionSpec("description", "string", None, "What the model is, for people."),
    OptionSpec("labels", "struct list", None, "Pairs of key and value to file the model under.", check=_pairs_problem),
    OptionSpec(
        "expiration_timestamp",
        "string",
        None,
        "When the model is to go, as INFORMATION_SCHEMA.MODELS shows it; nothing is deleted by itself.",
        check=_moment_problem,
        recorded="INFORMATION_SCHEMA.MODELS shows it; nothing is deleted by itself.",
    ),
    _recorded("kms_key_name"),
    _recorded("vertex_ai_model_id"),
    _recorded("vertex_ai_model_version_aliases", "string list"),
    _recorded("deploy_model", "boolean"),
    _recorded("endpoint_idle_ttl"),
)
# Where a model's state keeps what ALTER MODEL has set, and the statement that it was set of.
_SET, _OF = "options", "options_of"


def altered(state: ObjectState, given: Mapping[str, GivenOption], span: Span) -> dict[str, Any]:
    """Return what ALTER MODEL changes of a model's state; NULL takes a value away.

    Raises InvalidOption for an option that there is not, or a value that it cannot have.
    """
    named = {name.lower(): option for name, option in given.items()}
    known = {spec.name for spec in ALTERABLE}
    told = {name: option for name, option in named.items() if option.value is not None or name not in known}
    _, findings = read_options(told, ALTERABLE, "ALTER MODEL", span)
    if findings:
        raise InvalidOption(*findings)
    values = {name: option.value for name, option in named.items()}
    return {_SET: {**_still_set(state), **values}, _OF: state.definition}


def recorded_only(given: Mapping[str, GivenOption], specs: Sequence[OptionSpec]) -> list[str]:
    """Return what to tell of the given options that change nothing, those that it is the same for together."""
    named = {name.lower() for name, option in given.items() if option.value is not None}
    told: dict[str, list[str]] = {}
    for spec in specs:
        if spec.recorded and spec.name in named:
            told.setdefault(spec.recorded, []).append(spec.name)
    return [f"{', '.join(names)}: {words}" for words, names in told.items()]


def option_of(state: ObjectState, declared: Mapping[str, GivenOption], name: str) -> OptionValue:
    """Return what an option is now: as ALTER MODEL has set it, or else as the statement says."""
    changed = _still_set(state)
    if name in changed:
        value: OptionValue = changed[name]
        return value
    return declared[name].value if name in declared else None


def label_pairs(value: OptionValue) -> list[tuple[str, str]] | None:
    """Return the pairs of a list of labels; None for what is none."""
    if not isinstance(value, list):
        return None
    pairs = [list(item.values()) if isinstance(item, Mapping) else item for item in value]
    if not all(
        isinstance(pair, list) and len(pair) == 2 and all(isinstance(word, str) for word in pair) for pair in pairs
    ):
        return None
    return [(pair[0], pair[1]) for pair in pairs]


def moment(text: str) -> datetime | None:
    """Return the moment that a TIMESTAMP's text names, of UTC where it names no zone; None for other text."""
    try:
        found = datetime.fromisoformat(text.strip().removesuffix(" UTC"))
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _still_set(state: ObjectState) -> dict[str, OptionValue]:
    """Return what ALTER MODEL has set since the model's statement was last changed."""
    return dict(state.state.get(_SET) or {}) if state.state.get(_OF) == state.definition else {}
