"""ML.GENERATE_TEXT, AI.GENERATE_TEXT and AI.GENERATE_TABLE: a remote language model writes to each row's prompt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from penstock.core.errors import InvalidOption
from penstock.core.options import OptionSpec
from penstock.functions.answer_schema import arrow_type, json_schema, output_schema, read_answer
from penstock.functions.asked_rows import JSON, NULL_INPUT, asked_model, asked_rows
from penstock.functions.function import Call, FunctionSpec, OutputColumn
from penstock.functions.language_model import parameters_of, writer
from penstock.lake.database import ArrowRows
from penstock.learn.schema import Task

Json = Any
_RECORDED = "Recorded for the sake of scripts written for BigQuery; nothing here reads it."
SAMPLING = (
    OptionSpec("max_output_tokens", "integer", None, "The most tokens of an answer.", minimum=1),
    OptionSpec("temperature", "number", 0.0, "How much chance there is in an answer; 0 is none.", minimum=0, maximum=2),
    OptionSpec(
        "top_p", "number", None, "The likeliest tokens up to this probability are chosen from.", minimum=0, maximum=1
    ),
    OptionSpec("top_k", "integer", None, "So many of the likeliest tokens are chosen from.", minimum=1),
    OptionSpec("stop_sequences", "string list", None, "Texts at which an answer ends."),
    OptionSpec("model_params", "any", None, "JSON of further parameters: the API's own, or Gemini's generationConfig."),
    OptionSpec("ground_with_google_search", "boolean", False, "Must be FALSE: there is no such search here."),
    OptionSpec("safety_settings", "any", None, _RECORDED),
    OptionSpec("request_type", "string", None, _RECORDED),
    OptionSpec("use_chat_mode", "boolean", False, _RECORDED),
)
FLATTEN = OptionSpec("flatten_json_output", "boolean", False, "Whether the text stands in a column of its own.")
SCHEMA = OptionSpec("output_schema", "string", None, "The columns to make: 'name STRING, tags ARRAY<STRING>'.")
SAMPLE = "(SELECT word AS prompt, * FROM rows)"
_PASSED = (
    "A row without an answer has its reason in the status; it does not end the query.",
    "Each different prompt is asked once.",
)


def ml_generate_text(call: Call) -> ArrowRows:
    """Return the model's answer, whole or as a text, and the status."""
    names = ("ml_generate_text_llm_result", "ml_generate_text_rai_result", "ml_generate_text_status")
    flat: list[tuple[str, pa.DataType | str]] = [(name, pa.string()) for name in names]
    whole: list[tuple[str, pa.DataType | str]] = [("ml_generate_text_result", JSON), (names[2], pa.string())]
    write = _writer(call)

    def ask(prompts: Sequence[str]) -> list[dict[str, Json]]:
        return [
            {names[0]: found.text, "ml_generate_text_result": found.response, names[2]: found.status}
            for found in write(prompts)
        ]

    return asked_rows(
        call, "prompt", flat if call.options["flatten_json_output"] else whole, ask, {names[2]: NULL_INPUT}
    )


def ai_generate_text(call: Call) -> ArrowRows:
    """Return the model's text, what it cost, its whole response and the status."""
    write = _writer(call)

    def ask(prompts: Sequence[str]) -> list[dict[str, Json]]:
        return [
            {
                "result": found.text,
                "statistics": found.statistics or None,
                "full_response": found.response,
                "status": found.status,
            }
            for found in write(prompts)
        ]

    made: list[tuple[str, pa.DataType | str]] = [
        ("result", pa.string()),
        ("rai_result", pa.string()),
        ("grounding_result", pa.string()),
        ("statistics", JSON),
        ("full_response", JSON),
        ("status", pa.string()),
    ]
    return asked_rows(call, "prompt", made, ask, {"status": NULL_INPUT})


def ai_generate_table(call: Call) -> ArrowRows:
    """Return the columns of output_schema as the model fills them, its whole response and the status."""
    if call.options["output_schema"] is None:
        hint = "Write STRUCT('name STRING, tags ARRAY<STRING>' AS output_schema)."
        raise InvalidOption.of(f"{call.name} needs an output_schema.", span=call.span, hint=hint)
    fields = output_schema(str(call.options["output_schema"]), call.span)
    write = _writer(call, json_schema(fields))

    def ask(prompts: Sequence[str]) -> list[dict[str, Json]]:
        found = []
        for written in write(prompts):
            values, status = (None, written.status) if written.text is None else read_answer(written.text, fields)
            found.append({**(values or {}), "full_response": written.response, "status": status})
        return found

    made: list[tuple[str, pa.DataType | str]] = [(field.name, arrow_type(field)) for field in fields]
    return asked_rows(
        call, "prompt", [*made, ("full_response", JSON), ("status", pa.string())], ask, {"status": NULL_INPUT}
    )


def _writer(call: Call, schema: dict[str, Json] | None = None) -> Any:
    if call.options["ground_with_google_search"]:
        message = f"{call.name} cannot ground its answers with Google's search: there is none here."
        raise InvalidOption.of(message, span=call.span, hint="Put what the answer should rest on into the prompt.")
    return writer(asked_model(call), parameters_of(call.options, call.span), schema)


_FULL = OutputColumn("full_response", "JSON", "The service's whole answer.")
_STATUS = OutputColumn("status", "STRING", "Empty, or why there is no result.")

ML_GENERATE_TEXT = FunctionSpec(
    name="ML.GENERATE_TEXT",
    summary="Has a remote language model write to the column `prompt` of every row.",
    run=ml_generate_text,
    input="required",
    tasks=(Task.REMOTE,),
    families="remote language models",
    sample=SAMPLE,
    options=(*SAMPLING, FLATTEN),
    output=(
        OutputColumn("ml_generate_text_result", "JSON", "The service's whole answer; not with flatten_json_output."),
        OutputColumn("ml_generate_text_llm_result", "STRING", "With flatten_json_output: the text."),
        OutputColumn(
            "ml_generate_text_rai_result", "STRING", "With flatten_json_output: NULL, as services here say nothing."
        ),
        OutputColumn("ml_generate_text_status", "STRING", "Empty, or why there is no result."),
    ),
    passes_input=True,
    example=(
        "SELECT ml_generate_text_llm_result FROM ML.GENERATE_TEXT(MODEL writer, (SELECT 'Hello, ' || name AS prompt "
        "FROM people), STRUCT(TRUE AS flatten_json_output))"
    ),
    notes=_PASSED,
)
AI_GENERATE_TEXT = FunctionSpec(
    name="AI.GENERATE_TEXT",
    summary="Has a remote language model write to the column `prompt` of every row.",
    run=ai_generate_text,
    input="required",
    tasks=(Task.REMOTE,),
    families="remote language models",
    sample=SAMPLE,
    options=SAMPLING,
    output=(
        OutputColumn("result", "STRING", "The text."),
        OutputColumn("rai_result", "STRING", "NULL: services here say nothing of it."),
        OutputColumn("grounding_result", "STRING", "NULL: nothing is searched for."),
        OutputColumn("statistics", "JSON", "Tokens read and written; their cost, where the connection has prices."),
        _FULL,
        _STATUS,
    ),
    passes_input=True,
    example="SELECT result, status FROM AI.GENERATE_TEXT(MODEL writer, (SELECT 'Say hello.' AS prompt))",
    notes=_PASSED,
)
AI_GENERATE_TABLE = FunctionSpec(
    name="AI.GENERATE_TABLE",
    summary="Has a remote language model fill the columns of a schema for the column `prompt` of every row.",
    run=ai_generate_table,
    input="required",
    tasks=(Task.REMOTE,),
    families="remote language models",
    sample=f"{SAMPLE}, output_schema => 'answer STRING'",
    options=(SCHEMA, *SAMPLING),
    output=(OutputColumn("<field>", "the field's type", "Each field of output_schema."), _FULL, _STATUS),
    passes_input=True,
    example=(
        "SELECT city, country FROM AI.GENERATE_TABLE(MODEL writer, (SELECT 'Where is the Louvre?' AS prompt), "
        "STRUCT('city STRING, country STRING' AS output_schema))"
    ),
    notes=_PASSED,
)
