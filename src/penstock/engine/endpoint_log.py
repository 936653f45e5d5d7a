"""What an endpoint's log holds of its model's columns: checked when the options are set, minded when it is read."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from penstock.core.errors import InvalidOption, UnknownName, UserError
from penstock.core.log_key import log_key
from penstock.core.options import GivenOption
from penstock.core.spans import Span
from penstock.learn.manifest import Manifest

OMITTED, HASHED = "log_omit", "log_hash"
Json = Any


@dataclass(frozen=True)
class Given:
    """Where options stand in a text: each one, and the statement."""

    options: Mapping[str, GivenOption]
    span: Span


def check_log_columns(
    options: Mapping[str, Json],
    model: str,
    manifest: Manifest,
    given: Given,
    environment: Mapping[str, str] = os.environ,
) -> None:
    """Raise UnknownName for a column that the model does not take, InvalidOption for one that is both left out and
    hashed, and UserError when columns are hashed and the environment has no key.
    """
    try:
        _check(options, model, manifest, environment)
    except UserError as problem:
        raise problem.at_options(given.options).at(given.span) from None


def _check(options: Mapping[str, Json], model: str, manifest: Manifest, environment: Mapping[str, str]) -> None:
    known = [feature.name for feature in manifest.inputs]
    if options.get("sticky_by"):
        # It may stand beside the rows, and the log has it too.
        known.append(str(options["sticky_by"]))
    keys = {name.casefold() for name in known}
    for option in (OMITTED, HASHED):
        for name in _columns(options, option):
            if name.casefold() not in keys:
                raise UnknownName.among(f"column of model {model}", name, known, option=option)
    omitted = {name.casefold() for name in _columns(options, OMITTED)}
    for name in _columns(options, HASHED):
        if name.casefold() in omitted:
            message = f"The column {name!r} is in {OMITTED} and in {HASHED}: what is left out cannot be hashed."
            raise InvalidOption.of(message, option=HASHED)
    if _columns(options, HASHED):
        log_key(environment)


def unlogged_inputs(options: Mapping[str, Json], manifest: Manifest) -> frozenset[str]:
    """Return the model's columns, by their own names, whose values the log has not."""
    absent = {name.casefold() for option in (OMITTED, HASHED) for name in _columns(options, option)}
    return frozenset(feature.name for feature in manifest.inputs if feature.name.casefold() in absent)


def unlogged_features(unlogged: frozenset[str], manifest: Manifest) -> frozenset[str]:
    """Return the features that cannot be computed without these columns: themselves, or what TRANSFORM makes of them.

    An output of which the artifact does not say what it reads counts among them.
    """
    if manifest.transform is None or not unlogged:
        return unlogged
    absent = {name.casefold() for name in unlogged}
    return frozenset(
        column.name
        for column in manifest.transform.columns
        if not column.reads or any(name.casefold() in absent for name in column.reads)
    )


def _columns(options: Mapping[str, Json], option: str) -> list[str]:
    return cast("list[str]", options.get(option) or [])
