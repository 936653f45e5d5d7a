"""Keeping a project small: what no version, no table and no recent moment needs is let go of."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta

from penstock.catalog.objects import list_objects
from penstock.catalog.versions import list_versions
from penstock.engine.run import run_lease
from penstock.engine.session import Session
from penstock.lake.upkeep import expirable_snapshots, expire_snapshots, orphaned_files

# A file that is younger may be one that another process is writing.
ORPHAN_AGE = timedelta(days=1)


@dataclass(frozen=True)
class Upkeep:
    """What was let go of, or, of a trial, would be: snapshots, their files (not counted in a trial), and files left
    by killed processes. `passed_over` counts such files outside the project's folder, which are only deleted when asked
    for.
    """

    snapshots: int
    files: int
    orphans: int
    passed_over: int = 0


def tidy(session: Session, *, keep: timedelta, orphans: bool = False, trial: bool = False) -> Upkeep:
    """Let go of the snapshots that were superseded longer than `keep` ago, and of files that nothing names.

    Kept is every snapshot that a version was trained on, so that it can be reproduced, and of each table the last
    change. With `orphans` nameless files are deleted in a folder or bucket outside the project as well: it must be this
    project's alone. Raises Busy while the project runs.
    """
    now = session.clock.now()
    needed = {number for version in list_versions(session.catalog) for number in version.sources.values()}
    needed |= {state.snapshot for state in list_objects(session.catalog)}
    named = {number for number in needed if number is not None}
    connection = session.lake.connection()
    try:
        with run_lease(session, f"tidy-{uuid.uuid4().hex[:8]}"), session.lake_turn:
            snapshots = expirable_snapshots(connection, now - keep, named)
            files = 0 if trial else expire_snapshots(connection, snapshots)
            delete = orphans or _is_own_folder(session)
            left = orphaned_files(connection, now - ORPHAN_AGE, delete=delete and not trial)
    finally:
        connection.close()
    return Upkeep(len(snapshots), files, len(left) if delete else 0, 0 if delete else len(left))


def _is_own_folder(session: Session) -> bool:
    """Return whether the rows lie in the project's folder, where no other project keeps its own."""
    data = session.settings.data_path
    return not data.startswith("s3://") and session.settings.root in (session.settings.root / data).resolve().parents
