"""The API that OpenAI has made and most others speak (vLLM, Ollama, llama.cpp, Gemini, …): texts and embeddings."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import Any

from penstock.remote.client import Json, Reply, ServiceClient

# Texts that are embedded in one request.
TOGETHER = 64
# BigQuery's name of a parameter, and the API's.
PARAMETERS: Mapping[str, str] = {
    "max_output_tokens": "max_tokens",
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "stop_sequences": "stop",
}


@dataclass(frozen=True)
class Written:
    """What a model wrote: `text` is None and `status` says why when it wrote nothing. `statistics` counts tokens."""

    text: str | None
    response: Json = None
    statistics: Mapping[str, Any] = field(default_factory=dict)
    status: str = ""


@dataclass(frozen=True)
class Vector:
    """The embedding of a text, or None and in `status` the reason."""

    values: Sequence[float] | None
    statistics: Mapping[str, Any] = field(default_factory=dict)
    status: str = ""


@dataclass(frozen=True)
class Writing:
    """How a model is asked to write: its name, parameters by the API's names, and the JSON schema that it must keep."""

    model: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    schema: Mapping[str, Any] | None = None


def write(client: ServiceClient, prompts: Sequence[str], how: Writing) -> list[Written]:
    """Return what the model writes to each prompt, in order."""
    url = f"{client.settings.url}/chat/completions"

    def ask(prompt: str) -> Written:
        return _written(client, client.post(url, _request(prompt, how)))

    return client.each(prompts, ask)


def embed(client: ServiceClient, texts: Sequence[str], model: str, dimensions: int | None = None) -> list[Vector]:
    """Return the embedding of each text, in order; a request that was not refused for a text fails all in it."""
    url = f"{client.settings.url}/embeddings"
    more = {} if dimensions is None else {"dimensions": dimensions}

    def ask(part: Sequence[str]) -> tuple[list[Vector], bool]:
        reply = client.post(url, {"model": model, "input": list(part), **more})
        return _vectors(client, reply, part), reply.refused

    return client.in_parts(texts, TOGETHER, ask)


def _request(prompt: str, how: Writing) -> Json:
    messages = [{"role": "user", "content": prompt}]
    shape: dict[str, Any] = {}
    if how.schema is not None:
        words = "Answer with one JSON object that keeps the schema you were given, and with nothing else."
        messages.insert(0, {"role": "system", "content": words})
        schema = {"name": "answer", "strict": True, "schema": how.schema}
        shape = {"response_format": {"type": "json_schema", "json_schema": schema}}
    return {"model": how.model, "messages": messages, **shape, **how.parameters}


def _written(client: ServiceClient, reply: Reply) -> Written:
    if reply.status:
        return Written(None, None, {}, reply.status)
    counted = _counted(client, reply.body)
    try:
        choice = reply.body["choices"][0]
        text = choice["message"]["content"]
    except (KeyError, IndexError, TypeError):
        return Written(None, reply.body, counted, "The service's answer holds no text.")
    if not isinstance(text, str):
        refusal = choice["message"].get("refusal")
        return Written(None, reply.body, counted, f"The model wrote nothing: {refusal or choice.get('finish_reason')}.")
    return Written(text, reply.body, counted)


def _vectors(client: ServiceClient, reply: Reply, texts: Sequence[str]) -> list[Vector]:
    wanted = len(texts)
    if reply.status:
        return [Vector(None, {}, reply.status)] * wanted
    try:
        found = sorted(reply.body["data"], key=lambda item: item["index"])
        vectors = [[float(value) for value in item["embedding"]] for item in found]
    except (KeyError, TypeError, ValueError, OverflowError):
        return [Vector(None, {}, "The service's answer holds no embeddings.")] * wanted
    if len(vectors) != wanted or not all(map(math.isfinite, (value for vector in vectors for value in vector))):
        return [Vector(None, {}, "The service's answer holds other embeddings than were asked for.")] * wanted
    return [Vector(vector, of) for vector, of in zip(vectors, _shared(client, reply.body, texts), strict=True)]


def _shared(client: ServiceClient, body: Json, texts: Sequence[str]) -> list[dict[str, Any]]:
    """Return the tokens of each text of one request, and what they cost.

    The API counts a request, not each of its texts: the count is shared out by their bytes, and the shares sum to it.
    """
    whole = _usage(body)
    if whole is None:
        return [{}] * len(texts)
    sizes = list(accumulate((len(text.encode()) + 1 for text in texts), initial=0))
    ends = [whole[0] * size // sizes[-1] for size in sizes]
    shares = [_told(client, after - before, 0) for before, after in pairwise(ends)]
    return shares if len(texts) == 1 else [{**share, "texts_counted_together": len(texts)} for share in shares]


def _counted(client: ServiceClient, body: Json) -> dict[str, Any]:
    """Return tokens read and written, and what they cost where the connection knows its prices."""
    usage = _usage(body)
    return {} if usage is None else _told(client, *usage)


def _usage(body: Json) -> tuple[int, int] | None:
    usage = body.get("usage") if isinstance(body, dict) else None
    if not isinstance(usage, dict):
        return None
    read, written = usage.get("prompt_tokens"), usage.get("completion_tokens", 0)
    return (read, written) if isinstance(read, int) and isinstance(written, int) else None


def _told(client: ServiceClient, read: int, written: int) -> dict[str, Any]:
    found: dict[str, Any] = {"input_tokens": read, "output_tokens": written}
    prices = (client.settings.input_price, client.settings.output_price)
    if prices != (None, None):
        found["cost"] = (read * (prices[0] or 0.0) + written * (prices[1] or 0.0)) / 1_000_000
    return found
