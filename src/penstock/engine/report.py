"""The report of a version: what its artifact says of it, read without the graph being loaded."""

from __future__ import annotations

from penstock.catalog.versions import get_version
from penstock.core.errors import CorruptArtifact, StorageFailure
from penstock.engine.artifact import MANIFEST
from penstock.engine.session import Session
from penstock.learn.artifact import artifact_hash
from penstock.learn.manifest import read_manifest
from penstock.learn.report.model_report import ModelReport, report_of


def report(session: Session, model: str, version: str | int | None = None) -> ModelReport:
    """Return the report of a model's version: a number, an alias, or None for the champion.

    Raises UnknownName for a model or version that does not exist, InvalidOption for a model that predicts no label,
    CorruptArtifact and StorageFailure.
    """
    found = get_version(
        session.catalog, model, int(version) if isinstance(version, str) and version.isdigit() else version
    )
    try:
        files = session.storage.read(found.artifact)
        if artifact_hash(files) != found.artifact_hash or MANIFEST not in files:
            raise CorruptArtifact.of("Its bytes are not the ones that were recorded.", hint="Train it again.")
        manifest = read_manifest(files[MANIFEST].decode())
    except (CorruptArtifact, StorageFailure) as problem:
        raise problem.about(f"Version {found.number} of model {found.model}") from problem
    return report_of(found.model, found.number, found.created_at, manifest, files)
