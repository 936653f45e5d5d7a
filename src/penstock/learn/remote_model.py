"""A model that answers from elsewhere: registered under a name, with the connection it is asked over, and no key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from penstock.core.errors import InvalidOption
from penstock.core.options import GivenOption, OptionSpec
from penstock.learn.artifact import MANIFEST
from penstock.learn.cloud_option import CLOUD_OPTIONS
from penstock.learn.fitting import TrainedModel
from penstock.learn.importer import ImportField
from penstock.learn.importing import elsewhere
from penstock.learn.manifest import Manifest
from penstock.learn.schema import Feature, FeatureType, Task
from penstock.learn.shared_options import resolve_options

_TYPES: Mapping[str, tuple[FeatureType, str]] = {
    "BOOL": (FeatureType.BOOLEAN, "bool"),
    "INT64": (FeatureType.NUMBER, "int64"),
    "FLOAT64": (FeatureType.NUMBER, "double"),
    "NUMERIC": (FeatureType.NUMBER, "decimal128(38, 9)"),
    "BIGNUMERIC": (FeatureType.NUMBER, "decimal128(38, 9)"),
    "STRING": (FeatureType.STRING, "string"),
}


class RemoteModel:
    """The model type of REMOTE WITH CONNECTION."""

    @property
    def model_type(self) -> str:
        return "remote"

    @property
    def task(self) -> Task:
        return Task.REMOTE

    @property
    def summary(self) -> str:
        return (
            "A model that a service answers for: REMOTE WITH CONNECTION names a section of penstock.toml, and no "
            "model_type is written."
        )

    @property
    def options(self) -> tuple[OptionSpec, ...]:
        return (
            OptionSpec(
                "endpoint",
                "string",
                None,
                "The service's model, by its name or one that the connection's `models` maps; an https:// address for "
                "a service of your own that predicts the rows of INPUT; 'all-minilm-l6-v2' for the local embedder.",
            ),
        )


def register(
    given: Mapping[str, GivenOption],
    *,
    connection: str,
    inputs: Sequence[ImportField],
    outputs: Sequence[ImportField],
    seed: int,
) -> TrainedModel:
    """Return the artifact of a remote model; raises InvalidOption for options that are wrong, or that need a cloud."""
    kind = RemoteModel()
    for name, option in given.items():
        if name.lower() in CLOUD_OPTIONS:
            what, hint = CLOUD_OPTIONS[name.lower()]
            raise InvalidOption.of(f"Option {name} asks for {what}: there is none here.", span=option.span, hint=hint)
    values, findings = resolve_options(given, kind)
    if findings:
        raise InvalidOption(*findings)
    endpoint = values["endpoint"]
    if not isinstance(endpoint, str) or not endpoint.strip():
        hint = "Add OPTIONS (endpoint = 'the name of a model', or the https:// address of your own service)."
        raise InvalidOption.of("A remote model needs an endpoint.", hint=hint)
    rows = "://" in endpoint
    if rows != bool(inputs) or rows != bool(outputs):
        message = "An address as endpoint predicts rows: it needs INPUT (…) and OUTPUT (…)."
        if not rows:
            message = f"The endpoint {endpoint!r} is a model that reads texts: INPUT and OUTPUT do not go with it."
        raise InvalidOption.of(message, hint="They are the fields of the request and of the answer.")
    details = {
        "connection": connection,
        "endpoint": endpoint,
        "outputs": [[field.name, field.type, field.repeated] for field in outputs],
    }
    manifest = elsewhere(kind, values, details, seed, ())
    manifest = Manifest(**{**vars(manifest), "features": tuple(map(_feature, inputs))})
    return TrainedModel({MANIFEST: manifest.as_json().encode()}, manifest, pa.table({}), ())


def _feature(field: ImportField) -> Feature:
    kind, arrow = _TYPES[field.type]
    if not field.repeated:
        return Feature(field.name, kind, arrow)
    of = FeatureType.STRING_LIST if kind is FeatureType.STRING else FeatureType.NUMBER_LIST
    return Feature(field.name, of, f"list<item: {arrow}>")
