"""The project as it was last run: what the catalog holds, not what someone is just now editing in the folder."""

from __future__ import annotations

from typing import TypeVar, cast

from penstock.catalog.objects import ObjectState, list_objects
from penstock.core.errors import UserError
from penstock.core.settings import Settings
from penstock.engine.session import Session
from penstock.project.load import Project, project_from_statements
from penstock.project.spec import Declaration, Spec, spec_of
from penstock.sql.parse import parse_script
from penstock.sql.statement import AnyStatement, Dialect

SpecOfKind = TypeVar("SpecOfKind", bound=Spec)


def deployed_project(session: Session) -> Project:
    """Return the project made of the statements in the catalog. The loop acts on this one.

    Raises UserError for a statement that another version of Penstock has written and this one cannot read.
    """
    states = list_objects(session.catalog)
    statements = [found for state in states for found in _statements(session, state)]
    return project_from_statements(statements, session.settings)


def deployed_specs(session: Session, spec_type: type[SpecOfKind]) -> list[tuple[ObjectState, SpecOfKind]]:
    """Return every object of a kind in the catalog and what its statement declares, by name.

    Raises UserError for a statement that this version of Penstock cannot read.
    """
    states = list_objects(session.catalog, spec_type.kind)
    return [(state, deployed_spec(session, state, spec_type)) for state in states]


def deployed_spec(session: Session, state: ObjectState, spec_type: type[SpecOfKind]) -> SpecOfKind:
    """Return what the statement of an object in the catalog declares; raises UserError for one that cannot be read."""
    (statement,) = _statements(session, state)
    spec, findings = spec_of(cast("Declaration", statement))
    if spec is None:
        raise UserError(*findings)
    assert isinstance(spec, spec_type)
    return spec


def _statements(session: Session, state: ObjectState) -> tuple[AnyStatement, ...]:
    dialect = _dialect(session.settings, state.state.get("dialect"))
    script = parse_script(state.definition, f"catalog:{state.name.name}", dialect)
    if script.diagnostics:
        raise UserError(*script.diagnostics)
    return tuple(statement for statement in script.statements if isinstance(statement, AnyStatement))


def _dialect(settings: Settings, given: object) -> Dialect:
    return "bigquery" if (given or settings.dialect) == "bigquery" else "duckdb"
