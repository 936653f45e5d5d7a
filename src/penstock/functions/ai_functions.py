"""The AI functions in the place of a value, each with its arguments, what it asks and what it gives."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import numpy as np
import pyarrow as pa

from penstock.core.errors import InvalidOption
from penstock.core.options import OptionSpec, OptionValue
from penstock.functions.ai_aggregate import AI_AGG
from penstock.functions.ai_tokens import AI_COUNT_TOKENS
from penstock.functions.ai_value import AiFunction, AiResult, AiUse, Answers
from penstock.functions.answer_schema import arrow_type, duckdb_type, json_schema, output_schema, read_answer
from penstock.functions.language_model import (
    CONNECTION,
    ENDPOINT,
    TASK_TYPE,
    asked_for,
    embedder,
    parameters_of,
    writer,
)
from penstock.remote.openai import Written
from penstock.sql.statement import DeclaredField

Json = Any
MODEL_PARAMS = OptionSpec(
    "model_params", "any", None, "JSON of parameters for the model: the API's own, or Gemini's generationConfig."
)
REQUEST_TYPE = OptionSpec("request_type", "string", None, "Recorded for the sake of scripts written for BigQuery.")
MAX_ERROR_RATIO = OptionSpec(
    "max_error_ratio",
    "number",
    1.0,
    "The share of different questions that may fail and be NULL before the query does.",
    minimum=0,
    maximum=1,
)
EXAMPLES = OptionSpec(
    "examples", "struct list", None, "Pairs of a text and its right answer, shown to the model first."
)
OPTIMIZATION = OptionSpec(
    "optimization_mode",
    "string",
    None,
    "Recorded for the sake of scripts written for BigQuery: every question is asked.",
)
OUTPUT_MODE = OptionSpec(
    "output_mode",
    "string",
    "single",
    "'single': the one category that fits best; 'multi': all that fit. Given at all, the result is an ARRAY.",
    choices=("single", "multi"),
)
_TEXT = DeclaredField("result", "STRING")


def _embedding_options(*, title: bool) -> tuple[OptionSpec, ...]:
    return (
        OptionSpec("endpoint", "string", None, "The embedder; 'all-minilm-l6-v2' is on this machine, and the default."),
        OptionSpec("model", "string", None, "The same, as BigQuery names embedders of its own."),
        *((TASK_TYPE,) if title else ()),
        *((OptionSpec("title", "string", None, "Put before the text, on a line of its own."),) if title else ()),
        OptionSpec(
            "model_params", "any", None, "JSON: outputDimensionality cuts the vectors to their first so many numbers."
        ),
        CONNECTION,
    )


def _generate(use: AiUse) -> AiResult:
    schema = use.options.get("output_schema")
    fields = (_TEXT,) if schema is None else output_schema(str(schema), use.span)
    return _structured(use, fields, as_text=schema is None)


def _typed(kind: str) -> Callable[[AiUse], AiResult]:
    return lambda use: _structured(use, (DeclaredField("result", kind),), as_text=False)


def _structured(use: AiUse, fields: Sequence[DeclaredField], *, as_text: bool) -> AiResult:
    """Return a struct of the answer's fields, the service's whole response and the status."""
    schema = None if as_text else json_schema(fields)
    write = writer(asked_for(use.services, use.options, use.span), parameters_of(use.options, use.span), schema)

    def answers(questions: Sequence[tuple[str, ...]]) -> list[tuple[Json, str]]:
        return [_row(written, fields, as_text=as_text) for written in write([prompt for (prompt,) in questions])]

    columns = [(field.name, arrow_type(field)) for field in fields]
    arrow = pa.struct([*columns, ("full_response", pa.string()), ("status", pa.string())])
    listed = ", ".join(f'"{field.name}" {duckdb_type(field)}' for field in fields)
    return AiResult(f"STRUCT({listed}, full_response JSON, status VARCHAR)", arrow, answers, tells=True)


def _row(written: Written, fields: Sequence[DeclaredField], *, as_text: bool) -> tuple[Json, str]:
    values, status = _read(written, fields, as_text=as_text)
    response = None if written.response is None else json.dumps(written.response, ensure_ascii=False)
    return {**values, "full_response": response, "status": status}, status


def _read(written: Written, fields: Sequence[DeclaredField], *, as_text: bool) -> tuple[dict[str, Json], str]:
    if written.text is None:
        return {}, written.status
    if as_text:
        return {"result": written.text}, ""
    values, status = read_answer(written.text, fields)
    return values or {}, status


def _plain(kind: str, duckdb: str, arrow: pa.DataType) -> Callable[[AiUse], AiResult]:
    """Return what gives the answer's one field itself, NULL where there is none."""
    fields = (DeclaredField("result", kind),)

    def bind(use: AiUse) -> AiResult:
        asked = asked_for(use.services, use.options, use.span)
        write = writer(asked, parameters_of(use.options, use.span), json_schema(fields))
        shown = _shown(use.options)

        def answers(questions: Sequence[tuple[str, ...]]) -> list[tuple[Json, str]]:
            found = [_read(written, fields, as_text=False) for written in write([shown + q for (q,) in questions])]
            return [(values.get("result"), status) for values, status in found]

        return AiResult(duckdb, arrow, answers)

    return bind


def _shown(options: Mapping[str, OptionValue]) -> str:
    """Return the examples as they stand before a prompt."""
    pairs = cast("Sequence[Json]", options.get("examples") or ())
    listed = [list(pair.values()) if isinstance(pair, Mapping) else list(pair) for pair in pairs]
    lines = [
        f"Input: {pair[0]}\nAnswer: {json.dumps(pair[1], ensure_ascii=False)}\n\n" for pair in listed if len(pair) == 2
    ]
    return f"Some examples first.\n\n{''.join(lines)}Now the question.\n\n" if lines else ""


def _classify(use: AiUse) -> AiResult:
    named = _categories(use.options["categories"])
    multiple = use.options["output_mode"] == "multi"
    repeated = "output_mode" in use.given
    asked = asked_for(use.services, use.options, use.span)
    if asked.is_local and (multiple or use.options.get("examples")):
        what = "output_mode => 'multi'" if multiple else "examples"
        message = f"The embedder on this machine gives the one category that is nearest: it does nothing with {what}."
        hint = "Leave it out, or name the endpoint of a language model."
        raise InvalidOption.of(message, span=use.span, hint=hint)
    answers = _nearest(embedder(asked), named) if asked.is_local else _chosen(use, named, multiple=multiple)
    duckdb, arrow = ("VARCHAR[]", pa.list_(pa.string())) if repeated else ("VARCHAR", pa.string())

    def shaped(questions: Sequence[tuple[str, ...]]) -> list[tuple[Json, str]]:
        return [(found if repeated or found is None else found[0], status) for found, status in answers(questions)]

    return AiResult(duckdb, arrow, shaped)


def _categories(given: OptionValue) -> dict[str, str]:
    """Return each category with what is said of it; a category that nothing is said of stands for itself."""
    found: dict[str, str] = {}
    for item in cast("Sequence[Json]", given):
        parts = list(item.values()) if isinstance(item, Mapping) else item if isinstance(item, list | tuple) else [item]
        found[str(parts[0])] = " ".join(map(str, parts))
    return found


def _categories_problem(value: OptionValue) -> str | None:
    return None if isinstance(value, list) and value else "a list of categories: ['a', 'b'] or [('a', 'what a is')]"


def _chosen(use: AiUse, named: Mapping[str, str], *, multiple: bool) -> Answers:
    kind: Json = {"type": "string", "enum": list(named)}
    result = {"type": "array", "items": kind} if multiple else kind
    schema = {"type": "object", "properties": {"result": result}, "required": ["result"], "additionalProperties": False}
    write = writer(asked_for(use.services, use.options, use.span), parameters_of(use.options, use.span), schema)
    how = "all categories that fit" if multiple else "the one category that fits best"
    listed = "\n".join(f"- {name}: {words}" if words != name else f"- {name}" for name, words in named.items())
    before = f"{_shown(use.options)}Choose {how} the text below.\n\nCategories:\n{listed}\n\nText:\n"
    fields = (DeclaredField("result", "STRING", repeated=multiple),)

    def answers(questions: Sequence[tuple[str, ...]]) -> list[tuple[Json, str]]:
        return [_category(written, fields, named) for written in write([before + text for (text,) in questions])]

    return answers


def _category(
    written: Written, fields: Sequence[DeclaredField], named: Mapping[str, str]
) -> tuple[list[str] | None, str]:
    values, status = _read(written, fields, as_text=False)
    found = values.get("result")
    if status or found is None:
        return None, status or "The model chose no category."
    chosen = found if isinstance(found, list) else [found]
    if any(name not in named for name in chosen):
        return None, "The model chose a category that is not among those given."
    return chosen, ""


def _nearest(embed: Callable[[Sequence[str]], list[Any]], named: Mapping[str, str]) -> Answers:
    """Return the category whose words are most like the text, as the embedder tells (zero-shot classification)."""
    names = list(named)

    def answers(questions: Sequence[tuple[str, ...]]) -> list[tuple[Json, str]]:
        vectors = embed([*named.values(), *(text for (text,) in questions)])
        values = np.array([vector.values for vector in vectors])
        best = np.argmax(values[len(names) :] @ values[: len(names)].T, axis=1)
        return [([names[place]], "") for place in best.tolist()]

    return answers


def _dimensions(use: AiUse) -> int | None:
    given = use.options.get("model_params")
    raw = json.loads(given) if isinstance(given, str) else given
    found = raw.get("outputDimensionality", raw.get("output_dimensionality")) if isinstance(raw, dict) else None
    return found if isinstance(found, int) and found > 0 else None


def _embed(use: AiUse) -> AiResult:
    embed = embedder(asked_for(use.services, use.options, use.span), _dimensions(use))
    title = use.options.get("title")

    def answers(questions: Sequence[tuple[str, ...]]) -> list[tuple[Json, str]]:
        vectors = embed([text if title is None else f"{title}\n{text}" for (text,) in questions])
        return [({"result": vector.values, "status": vector.status}, vector.status) for vector in vectors]

    arrow = pa.struct([("result", pa.list_(pa.float64())), ("status", pa.string())])
    return AiResult("STRUCT(result DOUBLE[], status VARCHAR)", arrow, answers, tells=True)


def _similarity(use: AiUse) -> AiResult:
    embed = embedder(asked_for(use.services, use.options, use.span), _dimensions(use))

    def answers(questions: Sequence[tuple[str, ...]]) -> list[tuple[Json, str]]:
        texts = list(dict.fromkeys(text for pair in questions for text in pair))
        vectors = dict(zip(texts, embed(texts), strict=True))
        return [_cosine(vectors[first], vectors[second]) for first, second in questions]

    return AiResult("DOUBLE", pa.float64(), answers)


def _cosine(first: Any, second: Any) -> tuple[float | None, str]:
    if first.values is None or second.values is None:
        return None, first.status or second.status
    left, right = np.asarray(first.values, np.float64), np.asarray(second.values, np.float64)
    norms = float(np.linalg.norm(left) * np.linalg.norm(right))
    return (float(left @ right) / norms, "") if norms else (None, "An embedding is zero.")


_WRITING = (ENDPOINT, MODEL_PARAMS, CONNECTION, REQUEST_TYPE)
_SCHEMA = OptionSpec("output_schema", "string", None, "The fields of the answer, 'name STRING, tags ARRAY<STRING>'.")
_JUDGING = (EXAMPLES, CONNECTION, ENDPOINT, OPTIMIZATION, MAX_ERROR_RATIO)
_CATEGORIES = OptionSpec(
    "categories",
    "any",
    None,
    "The categories: ['praise', 'complaint'], or each with words on it: [('praise', 'the customer is happy')].",
    check=_categories_problem,
)
_ONCE = "Each different input is asked once in a query. A NULL input is not asked."

AI_FUNCTIONS: Mapping[str, AiFunction] = {
    function.name: function
    for function in (
        AiFunction(
            "AI.GENERATE",
            "Has a language model write to a prompt, as text or in the fields of an output_schema.",
            ("prompt",),
            (ENDPOINT, MODEL_PARAMS, _SCHEMA, CONNECTION, REQUEST_TYPE),
            "STRUCT<result STRING or the schema's fields, full_response JSON, status STRING>",
            _generate,
            "SELECT AI.GENERATE(('Name the capital of ', country), endpoint => 'gemini-2.5-flash').result FROM places",
            ("`status` is empty, or says why there is no result; such a row does not end the query.", _ONCE),
        ),
        *(
            AiFunction(
                f"AI.GENERATE_{word}",
                f"Has a language model answer a prompt with {words}.",
                ("prompt",),
                _WRITING,
                f"STRUCT<result {kind}, full_response JSON, status STRING>",
                _typed(kind),
                f"SELECT AI.GENERATE_{word}(('{question}', country)).result FROM places",
                (_ONCE,),
            )
            for word, kind, words, question in (
                ("BOOL", "BOOL", "yes or no", "Is this in Europe? "),
                ("INT", "INT64", "a whole number", "How many people live in "),
                ("DOUBLE", "FLOAT64", "a number", "How large, in km², is "),
            )
        ),
        AiFunction(
            "AI.IF",
            "Says whether what a prompt asks holds, as a language model judges.",
            ("prompt",),
            _JUDGING,
            "BOOL",
            _plain("BOOL", "BOOLEAN", pa.bool_()),
            "SELECT review FROM reviews WHERE AI.IF(('The customer is angry: ', review))",
            ("A question without an answer is NULL.", _ONCE),
        ),
        AiFunction(
            "AI.SCORE",
            "Gives a number for a prompt, as a language model judges, so that rows can be ordered by it.",
            ("prompt",),
            (CONNECTION, ENDPOINT, MAX_ERROR_RATIO),
            "FLOAT64",
            _plain("FLOAT64", "DOUBLE", pa.float64()),
            "SELECT review FROM reviews ORDER BY AI.SCORE(('From 0 to 10, how happy is this? ', review)) DESC",
            ("A question without an answer is NULL.", _ONCE),
        ),
        AiFunction(
            "AI.CLASSIFY",
            "Puts a text into one of some categories, or into all that fit.",
            ("input",),
            (_CATEGORIES, EXAMPLES, CONNECTION, ENDPOINT, OUTPUT_MODE, OPTIMIZATION, MAX_ERROR_RATIO),
            "STRING; ARRAY<STRING> when output_mode is given",
            _classify,
            "SELECT AI.CLASSIFY(review, categories => ['praise', 'complaint']) FROM reviews",
            (
                (
                    "With endpoint => 'all-minilm-l6-v2' the category is the one whose words are most like the text, "
                    "without any service; examples and output_mode 'multi' need a language model."
                ),
                _ONCE,
            ),
            required=("categories",),
        ),
        AiFunction(
            "AI.EMBED",
            "Turns a text into a vector of numbers, near to those of texts that mean the like.",
            ("content",),
            _embedding_options(title=True),
            "STRUCT<result ARRAY<FLOAT64>, status STRING>",
            _embed,
            "SELECT AI.EMBED(review, endpoint => 'all-minilm-l6-v2').result FROM reviews",
            ("Without an endpoint and a connection the embedder of this machine answers.", _ONCE),
        ),
        AiFunction(
            "AI.SIMILARITY",
            "Says how alike two texts are: the cosine of their embeddings.",
            ("content1", "content2"),
            _embedding_options(title=False),
            "FLOAT64",
            _similarity,
            "SELECT review FROM reviews ORDER BY AI.SIMILARITY(review, 'slow delivery') DESC LIMIT 5",
            ("A pair without an answer is NULL.", _ONCE),
        ),
        AI_AGG,
        AI_COUNT_TOKENS,
    )
}
