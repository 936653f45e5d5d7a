"""Tables, views and models share their names, as in BigQuery."""

from __future__ import annotations

from penstock.catalog.objects import get_object
from penstock.core.errors import UserError
from penstock.core.names import Kind, ResourceName, name_key
from penstock.engine.session import Session
from penstock.lake.tables import table_names, view_names
from penstock.sql.statement import Statement


def refuse_taken(session: Session, name: ResourceName, statement: Statement) -> None:
    """Raise UserError for a model with the name of a table or view, or the other way round."""
    others = {Kind.MODEL: (Kind.TABLE, Kind.VIEW), Kind.TABLE: (Kind.MODEL,), Kind.VIEW: (Kind.MODEL,)}
    in_lake = {Kind.TABLE: table_names, Kind.VIEW: view_names}
    for kind in others.get(name.kind, ()):
        known = in_lake[kind](session.connection) if kind in in_lake else []
        by_hand = any(name_key(other) == name.key for other in known)
        if by_hand or get_object(session.catalog, ResourceName(kind, name.name)) is not None:
            raise UserError.of(
                f"There is a {kind} {name.name} already: tables, views and models share their names.",
                span=statement.span,
                hint=f"Give the {name.kind} another name, or say DROP {kind.upper()} {name.name} first.",
            )
