"""The project as it was last run: what the catalog holds, not what someone is just now editing in the folder."""

from __future__ import annotations

from penstock.catalog.objects import list_objects
from penstock.core.errors import UserError
from penstock.core.settings import Settings
from penstock.engine.session import Session
from penstock.project.load import Project, project_from_statements
from penstock.sql.parse import parse_script
from penstock.sql.statement import AnyStatement, Dialect


def deployed_project(session: Session) -> Project:
    """Return the project made of the statements in the catalog. The loop acts on this one.

    Raises UserError for a statement that another version of Penstock has written and this one cannot read.
    """
    statements: list[AnyStatement] = []
    for state in list_objects(session.catalog):
        text = state.definition
        dialect = _dialect(session.settings, state.state.get("dialect"))
        script = parse_script(text, f"catalog:{state.name.name}", dialect)
        if script.diagnostics:
            raise UserError(*script.diagnostics)
        statements += script.statements
    return project_from_statements(statements, session.settings)


def _dialect(settings: Settings, given: object) -> Dialect:
    return "bigquery" if (given or settings.dialect) == "bigquery" else "duckdb"
