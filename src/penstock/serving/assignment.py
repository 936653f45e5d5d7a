"""Who answers a request: by its share of the traffic, by the key that it stays with, or as the caller says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from penstock.core.diagnostics import Diagnostic
from penstock.core.errors import UnknownName, UserError
from penstock.core.names import did_you_mean
from penstock.serving.routing import Route
from penstock.serving.row import InvalidRows, RowFinding
from penstock.serving.scoring import ServedModel
from penstock.serving.value import number

# The values of a column of a request's rows, one a row; None when its rows have no such column.
ColumnOf = Callable[[str], Sequence[object] | None]
MAX_KEY = 200


class UnknownVariant(UserError):
    """A request asked for a variant that the endpoint does not have in service."""

    code = "variant"


@dataclass(frozen=True)
class Wish:
    """What a request says of who is to answer it.

    `key` is what it stays with, beside its rows; `variant` a variant or a version's number, for tests; `version` a
    version that the address names.
    """

    key: object = None
    variant: str | None = None
    version: int | None = None


NO_WISH = Wish()


@dataclass(frozen=True)
class Assignment:
    """The version that answers. `key` is what the request stays with, if anything; `forced` says that the caller
    chose the version, so that an experiment must leave the answer out.
    """

    variant: str
    model: ServedModel
    key: str | None = None
    forced: bool = False


def assigned(route: Route, request_id: str, column: ColumnOf, wish: Wish = NO_WISH) -> Assignment:
    """Return who answers a request.

    A key chooses the share where there is one: the request's own, or the value that all its rows have in the
    endpoint's `sticky_by`. Without one (NULL is none) the request's id does. Raises UnknownVariant, UnknownName for a
    version that is not in service, and InvalidRows for a key that is missing, none, or not the same in all rows.
    """
    if wish.key is None and route.plan.sticky_by is None and wish.variant is None and wish.version is None:
        return Assignment(*route.choose(request_id))
    key = _key(route, column, wish)
    if wish.version is not None:
        return Assignment(*_of_version(route, wish.version), key, forced=True)
    if wish.variant is not None:
        return Assignment(*_of_variant(route, wish.variant), key, forced=True)
    return Assignment(*route.choose(request_id if key is None else key), key)


def column_of(rows: object) -> ColumnOf:
    """Return what finds a column in rows as callers send them: names without regard to case, fields of objects as
    `struct_field`. Rows that are none have no columns: what is wrong with them is told by who reads them.
    """

    def values(name: str) -> Sequence[object] | None:
        if isinstance(rows, pa.Table):
            found = [of_table for of_table in rows.column_names if of_table.casefold() == name.casefold()]
            return rows.column(found[0]).to_pylist() if found else None
        if not isinstance(rows, list | tuple) or not rows:
            return None
        found = [_field(row, name) for row in rows]
        return None if any(value is _NO_VALUE for value in found) else found

    return values


def key_text(value: object) -> str | None:
    """Return a key as text, the same for 7, 7.0 and "7"; None for NULL and NaN. Raises ValueError for other kinds."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    known = number(value)[0]
    if isinstance(known, float) and known.is_integer():
        return str(int(known))
    return None if known is None else str(known)


_NO_VALUE = object()


def _key(route: Route, column: ColumnOf, wish: Wish) -> str | None:
    name = route.plan.sticky_by
    if wish.key is not None:
        return _given_key(wish.key)
    if name is None:
        return None
    values = column(name)
    if values is None:
        if wish.variant is None and wish.version is None and not route.main.reader.takes(name):
            message = f"Endpoint {route.plan.endpoint!r} is sticky by {name!r}, which is no column of the model."
            hint = 'Send its value as "key", beside the rows.'
            raise InvalidRows(RowFinding(InvalidRows.code, message, hint=hint))
        return None
    first = None
    for place, value in enumerate(values, 1):
        try:
            key = key_text(value)
        except ValueError:
            message = f"Row {place}: the column {name!r}, which the endpoint is sticky by, must be a text or a number."
            raise InvalidRows(RowFinding(InvalidRows.code, message, row=place, column=name)) from None
        if place > 1 and key != first:
            message = f"Row {place} has another {name!r} than row 1, and it chooses the one version that answers."
            hint = 'Send the rows of each in a request of their own, or one "key" for all beside the rows.'
            raise InvalidRows(RowFinding(InvalidRows.code, message, hint=hint, row=place, column=name))
        first = key
    return first


def _given_key(given: object) -> str | None:
    wrong = f"The key must be a number, or a text of at most {MAX_KEY} characters."
    try:
        key = key_text(given)
    except ValueError:
        raise InvalidRows(RowFinding(InvalidRows.code, wrong)) from None
    if key is not None and len(key) > MAX_KEY:
        raise InvalidRows(RowFinding(InvalidRows.code, wrong))
    return key


def _field(row: object, name: str) -> object:
    """Return a row's value in a column, or `_NO_VALUE`."""
    if not isinstance(row, Mapping):
        return _NO_VALUE
    if name in row:
        return row[name]
    wanted = name.casefold()
    for own, value in row.items():
        column = str(own).casefold()
        if column == wanted:
            return value
        if isinstance(value, Mapping) and wanted.startswith(f"{column}_"):
            found = _field(value, name[len(column) + 1 :])
            if found is not _NO_VALUE:
                return found
    return _NO_VALUE


def _of_version(route: Route, version: int) -> tuple[str, ServedModel]:
    """Return the variant that has this version; raises UnknownName when the route has none."""
    for share in route.plan.shares:
        if share.number == version:
            return share.variant, route.models[version]
    served = ", ".join(str(share.number) for share in route.plan.shares)
    message = f"Endpoint {route.plan.endpoint!r} has no version {version} in service."
    raise UnknownName(Diagnostic(UnknownName.code, message, None, f"It has {served}."))


def _of_variant(route: Route, asked: str) -> tuple[str, ServedModel]:
    """Return the variant that a test asks for by its name or its version's number, the shadow's too."""
    known = route.plan.variants
    name = asked.strip().lower()
    if name not in known:
        message = f"Endpoint {route.plan.endpoint!r} has no variant {asked!r} in service."
        raise UnknownVariant(Diagnostic(UnknownVariant.code, message, None, did_you_mean(asked, known)))
    variant, version = known[name]
    return variant, route.models[version]
