"""Going back: a release under way is taken back, or the version serves again that served before."""

from __future__ import annotations

from penstock.catalog.history import HistoryEntry, add_history
from penstock.catalog.objects import get_object, list_objects, update_state
from penstock.catalog.versions import CANDIDATE, CHAMPION, alias_history, aliases, set_alias
from penstock.core.errors import UnknownName, UserError
from penstock.core.names import Kind, ResourceName
from penstock.engine.release import release_under_way
from penstock.engine.release_move import take_back
from penstock.engine.session import Session


def roll_back(session: Session, endpoint: str, cause: str) -> str:
    """Take back the endpoint's release; without one, let the version serve again that served before the present one.

    A version that was rolled back is never what a rollback goes to. Raises UnknownName for an endpoint that there is
    not, UserError when no version served before.
    """
    name = ResourceName(Kind.ENDPOINT, endpoint)
    state = get_object(session.catalog, name)
    if state is None:
        known = [found.name.name for found in list_objects(session.catalog, Kind.ENDPOINT)]
        raise UnknownName.among("endpoint", endpoint, known)
    now = session.clock.now()
    with session.catalog.together() as catalog:
        # Written before it is read: the judge of releases waits for the end of this transaction.
        release = release_under_way(update_state(catalog, name, dict, now))
        if release is not None:
            return take_back(catalog, release, now, cause, {})
    model = str(state.state["model"])
    named = aliases(session.catalog, model)
    current = named.get(CHAMPION)
    line = _served_line(session, model)
    if current is None or len(line) < 2:
        raise UserError.of(f"Endpoint {endpoint} has no earlier version to go back to.")
    before = line[-2]
    with session.catalog.together() as catalog:
        set_alias(catalog, model, CHAMPION, before, now, f"rolled back: {cause}")
        if named.get(CANDIDATE) == before:
            set_alias(catalog, model, CANDIDATE, None, now, f"version {before} serves")
        message = f"champion moved back from version {current} to {before}: {cause}"
        add_history(catalog, HistoryEntry(now, "rolled back", str(state.name), message, {}))
    return f"endpoint {endpoint} serves version {before} again"


def _served_line(session: Session, model: str) -> list[int]:
    """Return the versions that served one after another up to the present one; those gone back from left out."""
    line: list[int] = []
    for move in alias_history(session.catalog, model):
        if move.alias != CHAMPION or move.to_number is None:
            continue
        if move.to_number in line:
            del line[line.index(move.to_number) + 1 :]
        else:
            line.append(move.to_number)
    return line
