"""What triggers look at: breaches, files, labels; and what one remembers from the moment it was made."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from penstock.catalog.evaluations import Evaluation, latest_evaluation
from penstock.core.errors import BadData, UnknownName
from penstock.engine.session import Session
from penstock.lake.sources import list_files
from penstock.project.trigger import TriggerSpec
from penstock.sql.statement import OnArrival, OnBreach, OnLabels


@dataclass(frozen=True)
class Facts:
    """What a trigger looks at.

    `evaluation` is the newest one of its monitor; `files` is its files as one hash, `labels` how many outcomes its
    endpoint has.
    """

    evaluation: Evaluation | None = None
    files: str | None = None
    labels: int = 0


def look(session: Session, spec: TriggerSpec) -> Facts:
    """Return what the trigger looks at, as it is now."""
    match spec.event:
        case OnBreach(monitor):
            return Facts(evaluation=latest_evaluation(session.catalog, monitor))
        case OnArrival(glob):
            return Facts(files=_files_hash(session, glob))
        case OnLabels(endpoint):
            return Facts(labels=_label_count(session, endpoint))
        case _:
            return Facts()


def first_memory(session: Session, spec: TriggerSpec) -> dict[str, object]:
    """Return what a trigger remembers when it is made: what is there by then is nothing new."""
    facts = look(session, spec)
    return {"since": session.clock.now().isoformat(), "files": facts.files, "labels": facts.labels}


def _files_hash(session: Session, glob: str) -> str | None:
    try:
        files = list_files([glob], session.settings.root)
    except BadData:
        return None
    marks = sorted((file.path, file.size, file.modified_ns) for file in files)
    return hashlib.sha256(json.dumps(marks).encode()).hexdigest()


def _label_count(session: Session, endpoint: str) -> int:
    connection = session.lake.connection()
    try:
        found = connection.rows(
            "SELECT count(DISTINCT prediction_id) FROM penstock.labels WHERE endpoint = ?", [endpoint]
        )
    except UnknownName:
        return 0
    finally:
        connection.close()
    return int(found[0][0])
