"""Which model answers a call, here or elsewhere, and what it is asked: texts to texts, texts to vectors."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from penstock.core.errors import InvalidOption, UnknownName
from penstock.core.options import OptionSpec, OptionValue
from penstock.core.spans import Span
from penstock.learn.embedder import LOCAL_EMBEDDER, check_embedder
from penstock.learn.embedder import embed as embed_here
from penstock.remote.openai import PARAMETERS, Vector, Writing, Written, write
from penstock.remote.openai import embed as embed_there
from penstock.remote.services import DEFAULT, Services
from penstock.sql.declared_field import connection_name

Json = Any
Write = Callable[[Sequence[str]], list[Written]]
Embed = Callable[[Sequence[str]], list[Vector]]
CONNECTION = OptionSpec(
    "connection_id", "string", None, "The connection of penstock.toml to ask; without it, [connections.default]."
)
ENDPOINT = OptionSpec("endpoint", "string", None, "The model to ask, by the service's name or one that `models` maps.")
TASK_TYPE = OptionSpec(
    "task_type",
    "string",
    None,
    "Read for the sake of scripts written for BigQuery; a notice says that it changes nothing.",
    choices=(
        *("RETRIEVAL_QUERY", "RETRIEVAL_DOCUMENT", "SEMANTIC_SIMILARITY", "CLASSIFICATION", "CLUSTERING"),
        *("QUESTION_ANSWERING", "FACT_VERIFICATION", "CODE_RETRIEVAL_QUERY"),
    ),
)
# What the names of embedders have in them: gemini-embedding-001, embeddinggemma-300m, textembedding-gecko, bge-embed.
_EMBEDDERS = ("embed", "gecko")
_NEEDED = "IF, SCORE and GENERATE need a language model; an embedder can only compare texts."


@dataclass(frozen=True)
class Asked:
    """Who is asked: a connection and the ENDPOINT of it, as the statement names them, and where it says so."""

    services: Services
    connection: str | None
    endpoint: str | None
    span: Span | None = None

    @property
    def is_local(self) -> bool:
        """Whether the embedder of this machine is meant."""
        if (self.endpoint or "").casefold() in self.services.embedders:
            return True
        settings = self.services.known(self.connection or DEFAULT)
        if settings is not None and settings.kind == "local":
            return True
        named = self.endpoint or ""
        return (settings.model(named) if settings is not None else named).casefold() == LOCAL_EMBEDDER


def asked_for(services: Services, options: Mapping[str, OptionValue], span: Span | None) -> Asked:
    """Return who is asked by the options connection_id and endpoint (or model) of a call."""
    connection = options.get("connection_id")
    endpoint = options.get("endpoint") or options.get("model")
    return Asked(
        services,
        connection_name(str(connection)) if connection is not None else None,
        str(endpoint) if endpoint is not None else None,
        span,
    )


def writer(asked: Asked, parameters: Mapping[str, Any], schema: Mapping[str, Any] | None) -> Write:
    """Return what has a language model write to each of some prompts.

    Raises UnknownName or InvalidOption when there is no such connection, key or endpoint.
    """
    if asked.is_local:
        message = f"{asked.endpoint or LOCAL_EMBEDDER!r} is a sentence embedder: it writes nothing."
        raise InvalidOption.of(message, span=asked.span, hint=_NEEDED)
    client = asked.services.client(asked.connection or DEFAULT)
    model = _model(asked)
    how = Writing(model, {"temperature": 0.0, "seed": asked.services.seed, **parameters}, schema)
    return lambda prompts: write(client, prompts, how)


def embedder(asked: Asked, dimensions: int | None = None) -> Embed:
    """Return what embeds each of some texts.

    Raises MissingExtra when the local embedder is meant and not installed, UnknownName or InvalidOption as `writer`.
    """
    if asked.is_local or (asked.endpoint is None and asked.connection is None):
        check_embedder()
        return lambda texts: [Vector(row) for row in _cut(embed_here(texts), dimensions)]
    check_connection(asked)
    client = asked.services.client(asked.connection or DEFAULT)
    model = _model(asked)
    return lambda texts: embed_there(client, texts, model, dimensions)


def check_connection(asked: Asked) -> None:
    """Raise UnknownName when there is no such connection; of a name that embedders have, with what to add for it."""
    name, endpoint = asked.connection or DEFAULT, asked.endpoint or ""
    if asked.services.known(name) is not None or not any(word in endpoint.casefold() for word in _EMBEDDERS):
        asked.services.settings(name)
        return
    if asked.connection is None:
        message = f"{endpoint!r} is no embedder on this machine, and there is no connection to ask."
    else:
        message = f"There is no connection {name!r} to ask {endpoint!r} of."
    hint = (
        f"Add to penstock.toml: [embeddings] with names = ['{endpoint}'], so that '{LOCAL_EMBEDDER}' of this machine "
        f"answers in its place; or [connections.{name}] for a service that has it."
    )
    raise UnknownName.of(message, span=asked.span, hint=hint)


def _cut(vectors: Any, dimensions: int | None) -> list[list[float]]:
    import numpy as np

    if dimensions is not None:
        vectors = vectors[:, :dimensions]
        vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    found: list[list[float]] = vectors.astype(np.float64).tolist()
    return found


def _model(asked: Asked) -> str:
    name = asked.connection or DEFAULT
    settings = asked.services.settings(name)
    if asked.endpoint is not None:
        return settings.model(asked.endpoint)
    if DEFAULT not in settings.models:
        message = f"The call names no endpoint, and [connections.{name}.models] has no default."
        raise InvalidOption.of(message, span=asked.span, hint="Add endpoint => 'the name of a model'.")
    return settings.models[DEFAULT]


def parameters_of(options: Mapping[str, OptionValue], span: Span | None = None) -> dict[str, Any]:
    """Return the parameters of writing that a call's options give, by the API's names.

    `model_params` is JSON with the names of the API itself, or Gemini's `generationConfig`. Raises InvalidOption.
    """
    found = {to: options[name] for name, to in PARAMETERS.items() if options.get(name) is not None}
    given = options.get("model_params")
    if given is None:
        return found
    try:
        more = json.loads(str(given)) if isinstance(given, str) else given
    except ValueError as problem:
        raise InvalidOption.of(f"model_params is not JSON: {problem}.", span=span) from problem
    if not isinstance(more, dict):
        raise InvalidOption.of("model_params must be a JSON object.", span=span, hint="Write JSON '{\"seed\": 1}'.")
    config = more.pop("generationConfig", more.pop("generation_config", {}))
    for name, value in config.items() if isinstance(config, dict) else ():
        snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
        if snake not in PARAMETERS:
            known = ", ".join(PARAMETERS)
            raise InvalidOption.of(f"generationConfig.{name} is not known here.", span=span, hint=f"Known: {known}.")
        found[PARAMETERS[snake]] = value
    return {**found, **more}
