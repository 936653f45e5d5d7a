"""A person lets a version serve that waits at the gate."""

from __future__ import annotations

from penstock.catalog.history import HistoryEntry, add_history
from penstock.catalog.versions import aliases, get_version, set_status
from penstock.engine.release_move import make_champion
from penstock.engine.session import Session


def approve(session: Session, model: str, version: str) -> str:
    """Make the version the champion and return one line on it; raises UnknownName for one that there is not."""
    found = get_version(session.catalog, model, int(version) if version.isdigit() else version)
    if aliases(session.catalog, found.model).get("champion") == found.number:
        return f"Version {found.number} of {found.model} is the champion already."
    now = session.clock.now()
    with session.catalog.together() as catalog:
        set_status(catalog, found.model, found.number, "accepted", "approved by a person")
        make_champion(catalog, found.model, found.number, now, "approved by a person")
        message = f"version {found.number} approved by a person"
        add_history(catalog, HistoryEntry(now, "approved", f"model {found.model}", message, {}))
    return f"Version {found.number} of {found.model} is the champion now."
