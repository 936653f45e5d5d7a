"""RELEASE ENDPOINT and ROLLBACK ENDPOINT."""

from __future__ import annotations

from penstock.catalog.objects import get_object, list_objects, update_state
from penstock.catalog.versions import CANDIDATE, CHAMPION, aliases, set_alias, set_status
from penstock.core.errors import UnknownName, UserError
from penstock.core.names import Kind, ResourceName
from penstock.engine.loaded_model import load_version
from penstock.engine.release_move import begin
from penstock.engine.result import Result, done
from penstock.engine.rollback import roll_back
from penstock.engine.session import Session
from penstock.project.release import DIRECT, release_policy
from penstock.sql.statement import ReleaseEndpoint, RollbackEndpoint

BY_HAND = "by hand"


def release_endpoint(session: Session, statement: ReleaseEndpoint) -> Result:
    """Begin the release of a version; raises UnknownName for an endpoint or version that there is not, UserError for
    the champion itself and for an endpoint whose versions take over directly.
    """
    name = ResourceName(Kind.ENDPOINT, statement.name)
    state = get_object(session.catalog, name)
    if state is None:
        known = [found.name.name for found in list_objects(session.catalog, Kind.ENDPOINT)]
        raise UnknownName.among("endpoint", statement.name, known, span=statement.span)
    model = str(state.state["model"])
    version, loaded = load_version(session.catalog, session.storage, session.models, model, statement.version)
    champion = aliases(session.catalog, model)[CHAMPION]
    if version.number == champion:
        raise UserError.of(f"Version {champion} of model {model} serves already.", span=statement.span)
    if release_policy(state.state).kind == DIRECT:
        raise UserError.of(
            f"Endpoint {state.name.name} has no release: its versions take over directly.",
            span=statement.span,
            hint=f"Say ALTER ENDPOINT {state.name.name} SET OPTIONS (release = 'canary') first, "
            f"or let the version serve at once with: penstock approve {model}@{version.number}",
        )
    now = session.clock.now()
    with session.catalog.together() as catalog:
        if version.status != "accepted":
            set_status(catalog, model, version.number, "accepted", "released by hand")
        set_alias(catalog, model, CANDIDATE, version.number, now, "released by hand")
        # Written before it is read: the judge of releases waits for the end of this transaction.
        locked = update_state(catalog, name, dict, now)
        release = begin(catalog, locked, version.number, champion, loaded.manifest.task, now)
    return done(f"{name}: release of version {version.number} begins, {release.plan_words}")


def rollback_endpoint(session: Session, statement: RollbackEndpoint) -> Result:
    """Take back the release under way, or go back to the version that served before; raises as `roll_back` does."""
    return done(roll_back(session, statement.name, BY_HAND))
