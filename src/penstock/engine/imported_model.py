"""A version of a model that was made elsewhere: from the bytes of its file, or under the name of a connection."""

from __future__ import annotations

from collections.abc import Sequence

from penstock.engine.session import Session
from penstock.functions.language_model import Asked, check_connection
from penstock.lake.model_file import read_file, read_folder
from penstock.learn.fitting import TrainedModel
from penstock.learn.importer import ImportField
from penstock.learn.importing import LARGEST, import_model
from penstock.learn.registry import importer_of
from penstock.learn.remote_model import register
from penstock.project.model import ModelSpec
from penstock.remote.client import address
from penstock.remote.services import Services
from penstock.sql.statement import DeclaredField


def made_elsewhere(session: Session, spec: ModelSpec) -> TrainedModel:
    """Return the model that a statement without a query declares; raises UserError for what cannot be read or run."""
    if spec.connection is not None:
        return _remote(session, spec, spec.connection)
    path, files = spec.path or "", spec.files or ""
    importer = importer_of(spec.model_type)
    return import_model(
        read_file(path, session.settings.root) if files == path else read_folder(files, session.settings.root, LARGEST),
        importer,
        spec.options,
        source=path,
        inputs=_fields(spec.inputs),
        outputs=_fields(spec.outputs),
        seed=session.settings.seed,
    )


def _remote(session: Session, spec: ModelSpec, connection: str) -> TrainedModel:
    made = register(
        spec.options,
        connection=connection,
        inputs=_fields(spec.inputs),
        outputs=_fields(spec.outputs),
        seed=session.settings.seed,
    )
    endpoint = str(made.manifest.details["endpoint"])
    services = Services(session.settings.connections, embedders=session.settings.embedders)
    asked = Asked(services, connection, endpoint)
    if not asked.is_local:
        # That there is such a connection, and that its key may go there, is known now; that it answers, when asked.
        check_connection(asked)
        if made.manifest.features:
            address(services.settings(connection), endpoint)
    return made


def _fields(declared: Sequence[DeclaredField]) -> list[ImportField]:
    return [ImportField(field.name, field.type, field.repeated) for field in declared]
