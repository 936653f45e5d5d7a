"""Versions of models, and the aliases that name them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, delete, func, select, update

from penstock.catalog.column import Json
from penstock.catalog.counter import next_number
from penstock.catalog.database import Catalog, upsert
from penstock.catalog.tables import ALIAS_MOVES, ALIASES, VERSIONS
from penstock.core.diagnostics import Diagnostic
from penstock.core.errors import UnknownName
from penstock.core.names import did_you_mean, name_key

CHAMPION = "champion"
CANDIDATE = "candidate"
VersionStatus = Literal["trained", "accepted", "rejected"]


@dataclass(frozen=True)
class Version:
    """One training of a model; only `status` and `reason` ever change.

    `sources` is the lake's snapshot of every table that was read; `artifact` the path in storage of the files
    whose hash is `artifact_hash`; `reason` says why it has its status.
    """

    model: str
    number: int
    created_at: datetime
    run_id: str | None
    definition: str
    options: Mapping[str, Json]
    seed: int
    metrics: Mapping[str, float | None]
    sources: Mapping[str, int | None]
    packages: Mapping[str, str]
    artifact: str
    artifact_hash: str
    status: VersionStatus = "trained"
    reason: str = ""


@dataclass(frozen=True)
class AliasMove:
    """An alias went from one version to another; None stands for no version."""

    model: str
    alias: str
    from_number: int | None
    to_number: int | None
    at: datetime
    reason: str


def add_version(
    catalog: Catalog,
    *,
    model: str,
    created_at: datetime,
    run_id: str | None,
    definition: str,
    options: Mapping[str, Json],
    seed: int,
    metrics: Mapping[str, float | None],
    sources: Mapping[str, int | None],
    packages: Mapping[str, str],
    artifact: str,
    artifact_hash: str,
    status: VersionStatus = "trained",
    reason: str = "",
) -> Version:
    """Record a training under the model's next number, which no other process gets; return the version."""
    with catalog.begin() as connection:
        number = next_number(connection, f"version of {name_key(model)}")
        row = {
            "model": model,
            "number": number,
            "created_at": created_at,
            "run_id": run_id,
            "definition": definition,
            "options": dict(options),
            "seed": seed,
            "metrics": dict(metrics),
            "sources": dict(sources),
            "packages": dict(packages),
            "artifact": artifact,
            "artifact_hash": artifact_hash,
            "status": status,
            "reason": reason,
        }
        connection.execute(VERSIONS.insert().values(model_key=name_key(model), **row))
        added = connection.execute(select(VERSIONS).where(_is(model, number))).one()
    return _version(added)


def get_version(catalog: Catalog, model: str, version: int | str | None = None) -> Version:
    """Return a version by its number or alias; None stands for the champion.

    Raises UnknownName, with what there is, for a model without versions and for a number or alias that it
    lacks.
    """
    with catalog.read() as connection:
        return _version(
            connection.execute(select(VERSIONS).where(_is(model, _number(connection, model, version)))).one()
        )


def list_versions(catalog: Catalog, model: str | None = None) -> list[Version]:
    """Return the versions of a model, or of all, by model and number."""
    query = select(VERSIONS).order_by(VERSIONS.c.model_key, VERSIONS.c.number)
    if model is not None:
        query = query.where(VERSIONS.c.model_key == name_key(model))
    with catalog.read() as connection:
        return [_version(row) for row in connection.execute(query)]


def newest_version(catalog: Catalog, model: str) -> Version | None:
    """Return the version of a model that was trained last, or None without one."""
    query = select(VERSIONS).where(VERSIONS.c.model_key == name_key(model)).order_by(VERSIONS.c.number.desc()).limit(1)
    with catalog.read() as connection:
        row = connection.execute(query).first()
    return _version(row) if row else None


def set_status(catalog: Catalog, model: str, number: int, status: VersionStatus, reason: str) -> None:
    """Say what the gate decided about a version; raises UnknownName for one that does not exist."""
    with catalog.begin() as connection:
        _number(connection, model, number)
        connection.execute(update(VERSIONS).where(_is(model, number)).values(status=status, reason=reason))


def set_alias(catalog: Catalog, model: str, alias: str, number: int | None, at: datetime, reason: str) -> None:
    """Move an alias to a version, or take it away with None, and remember the move and its reason.

    Raises UnknownName for a version that does not exist. A move to where the alias is already leaves no
    trace.
    """
    alias = alias.lower()
    with catalog.begin() as connection:
        if number is not None:
            _number(connection, model, number)
        here = (ALIASES.c.model_key == name_key(model)) & (ALIASES.c.alias == alias)
        before = connection.execute(select(ALIASES.c.number).where(here).with_for_update()).scalar()
        if before == number:
            return
        if number is None:
            connection.execute(delete(ALIASES).where(here))
        else:
            upsert(connection, ALIASES, {"model_key": name_key(model), "alias": alias, "number": number})
        move = {"alias": alias, "from_number": before, "to_number": number, "at": at, "reason": reason}
        connection.execute(ALIAS_MOVES.insert().values(model_key=name_key(model), **move))


def promote(catalog: Catalog, model: str, number: int, at: datetime, reason: str) -> None:
    """Make a version the champion; a candidate that is not newer waits at the gate no longer.

    Raises UnknownName for a version that does not exist.
    """
    with catalog.together() as one:
        set_alias(one, model, CHAMPION, number, at, reason)
        with one.read() as connection:
            here = (ALIASES.c.model_key == name_key(model)) & (ALIASES.c.alias == CANDIDATE)
            waiting = connection.execute(select(ALIASES.c.number).where(here)).scalar()
        if waiting is not None and waiting <= number:
            set_alias(one, model, CANDIDATE, None, at, f"version {number} serves")


def aliases(catalog: Catalog, model: str) -> dict[str, int]:
    """Return the number behind each alias of a model."""
    return aliases_of_all(catalog).get(name_key(model), {})


def aliases_of_all(catalog: Catalog) -> dict[str, dict[str, int]]:
    """Return every model's aliases by its key (`name_key`), in one query."""
    found: dict[str, dict[str, int]] = {}
    with catalog.read() as connection:
        for row in connection.execute(select(ALIASES)):
            found.setdefault(row.model_key, {})[row.alias] = row.number
    return found


def champions(catalog: Catalog) -> dict[str, int]:
    """Return the champion's number of every model that has one, by the model's key, in one query."""
    with catalog.read() as connection:
        rows = connection.execute(select(ALIASES.c.model_key, ALIASES.c.number).where(ALIASES.c.alias == CHAMPION))
        return {row.model_key: row.number for row in rows}


def alias_history(catalog: Catalog, model: str) -> list[AliasMove]:
    """Return every move of every alias of a model, oldest first."""
    query = select(ALIAS_MOVES).where(ALIAS_MOVES.c.model_key == name_key(model)).order_by(ALIAS_MOVES.c.id)
    with catalog.read() as connection:
        return [
            AliasMove(model, row.alias, row.from_number, row.to_number, row.at, row.reason)
            for row in connection.execute(query)
        ]


def forget_versions(catalog: Catalog, model: str) -> list[str]:
    """Forget a dropped model's versions and aliases; return the artifacts that stand in storage without a
    version then.

    The moves stay as history, and numbers are never given out again.
    """
    key = name_key(model)
    with catalog.begin() as connection:
        mine = set(connection.execute(select(VERSIONS.c.artifact).where(VERSIONS.c.model_key == key)).scalars())
        connection.execute(delete(ALIASES).where(ALIASES.c.model_key == key))
        connection.execute(delete(VERSIONS).where(VERSIONS.c.model_key == key))
        shared = set(connection.execute(select(VERSIONS.c.artifact).where(VERSIONS.c.artifact.in_(mine))).scalars())
    return sorted(mine - shared)


def _number(connection: Connection, model: str, version: int | str | None) -> int:
    """Return the number that `version` stands for; raises UnknownName when there is none."""
    known = connection.execute(
        select(VERSIONS.c.number).where(VERSIONS.c.model_key == name_key(model)).order_by(VERSIONS.c.number)
    )
    numbers = list(known.scalars())
    if not numbers:
        models = connection.execute(select(func.max(VERSIONS.c.model)).group_by(VERSIONS.c.model_key)).scalars()
        raise UnknownName.among("trained model", model, models)
    if version is None:
        version = CHAMPION
    if isinstance(version, str) and not version.isdecimal():
        rows = connection.execute(select(ALIASES).where(ALIASES.c.model_key == name_key(model)))
        named = {row.alias: row.number for row in rows}
        if version.lower() in named:
            return int(named[version.lower()])
        what = f"Model {model!r} has no version with the alias {version!r}."
        hint = did_you_mean(version, named) if named else f"It has no alias yet; versions: {_ranges(numbers)}."
        if version.lower() == CANDIDATE and CHAMPION in named:
            hint = f"No version waits at the gate; version {named[CHAMPION]} serves. Versions: {_ranges(numbers)}."
        raise UnknownName(Diagnostic(UnknownName.code, what, None, hint))
    if int(version) not in numbers:
        raise UnknownName.of(f"Model {model!r} has no version {int(version)}.", hint=f"It has {_ranges(numbers)}.")
    return int(version)


def _ranges(numbers: list[int]) -> str:
    """Return ascending numbers as short text: `1 to 4, 6`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs)


def _is(model: str, number: int) -> Any:
    return (VERSIONS.c.model_key == name_key(model)) & (VERSIONS.c.number == number)


def _version(row: Row[Any]) -> Version:
    values = dict(row._mapping)
    del values["model_key"]
    return Version(**values)
