"""Brings a catalog to the tables of this version, once, under a lock; costs one query when there is nothing
to do.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, PrimaryKeyConstraint, String, Table, inspect, text

from penstock.catalog.tables import HEAD, METADATA, VERSION_TABLE
from penstock.core.errors import UserError

# Any number, as long as every process takes the same lock.
_ADVISORY_LOCK = 7_136_021_954
Opening = Callable[[], AbstractContextManager[Connection]]


def bring_up_to_date(read: Opening, begin: Opening, schema: str | None) -> None:
    """Apply the missing migrations; raises UserError for a catalog that a newer Penstock has made.

    `schema` is made first where the database has schemas. The whole change is one transaction.
    """
    with read() as connection:
        if revision(connection) == HEAD:
            return
    with begin() as connection:
        if schema is not None:
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _ADVISORY_LOCK})
            connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{schema}"'))
        found = revision(connection)
        if found is None:
            _make(connection)
        elif found != HEAD:
            upgrade(connection, found)


def revision(connection: Connection) -> str | None:
    """Return the revision that the catalog has, or None for an empty database."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()


def _make(connection: Connection) -> None:
    """Make the tables of HEAD in an empty database, as all migrations together do: alembic takes longer to import."""
    mark = Table(
        VERSION_TABLE,
        MetaData(),
        Column("version_num", String(32), nullable=False),
        PrimaryKeyConstraint("version_num", name=f"{VERSION_TABLE}_pkc"),
    )
    METADATA.create_all(connection)
    mark.create(connection)
    connection.execute(mark.insert().values(version_num=HEAD))


def upgrade(connection: Connection, found: str | None) -> None:
    """Apply the migrations that come after a revision; raises UserError for one that is not known."""
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise UserError.of(
            f"The catalog has revision {found}, which this version of Penstock does not know.",
            hint="A newer version made it: update Penstock.",
        )
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)
