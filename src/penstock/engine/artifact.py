"""What a version's artifact says about itself, read without the graph being loaded."""

from __future__ import annotations

from penstock.catalog.versions import Version
from penstock.core.errors import CorruptArtifact, StorageFailure
from penstock.core.events import Noticed
from penstock.engine.session import Session
from penstock.learn.manifest import Manifest, read_manifest

MANIFEST = "manifest.json"


def manifest_of(session: Session, version: Version) -> Manifest | None:
    """Return a version's manifest; None, and a notice, when its artifact is gone or cannot be read.

    Whoever lists models wants to see the others all the same.
    """
    try:
        files = session.storage.read(version.artifact, (MANIFEST,))
        if MANIFEST not in files:
            raise CorruptArtifact.of(f"The artifact has no {MANIFEST}.", hint="Train the model again.")
        return read_manifest(files[MANIFEST].decode())
    except (CorruptArtifact, StorageFailure) as problem:
        told = problem.about(f"Version {version.number} of model {version.model}").diagnostics[0]
        session.listener(Noticed(f"model {version.model}", f"{told.message} {told.hint or ''}".strip()))
        return None
