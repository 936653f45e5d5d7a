"""AI.COUNT_TOKENS: how many tokens a model reads in a text, counted by the model that reads it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from penstock.functions.ai_value import AiFunction, AiResult, AiUse
from penstock.functions.language_model import CONNECTION, ENDPOINT, asked_for, writer
from penstock.learn.embedder import LONGEST, check_embedder, count_pieces

Json = Any
_UNCOUNTED = "The service does not say how many tokens it has read."


def _count(use: AiUse) -> AiResult:
    asked = asked_for(use.services, use.options, use.span)
    arrow = pa.struct([("result", pa.int64()), ("full_response", pa.string())])
    duckdb = "STRUCT(result BIGINT, full_response JSON)"
    if asked.is_local:
        check_embedder()
        return AiResult(duckdb, arrow, _here)
    # Nothing is wanted but the count: one token is the least that can be written.
    write = writer(asked, {"max_tokens": 1}, None)

    def answers(questions: Sequence[tuple[str, ...]]) -> list[tuple[Json, str]]:
        found: list[tuple[Json, str]] = []
        for written in write([text for (text,) in questions]):
            count = written.statistics.get("input_tokens")
            if count is None:
                # The service's reason, where it answered nothing at all.
                found.append((None, written.status if written.response is None else _UNCOUNTED))
            else:
                response = json.dumps(written.response, ensure_ascii=False)
                found.append(({"result": count, "full_response": response}, ""))
        return found

    return AiResult(duckdb, arrow, answers)


def _here(questions: Sequence[tuple[str, ...]]) -> list[tuple[Json, str]]:
    counts = count_pieces([text for (text,) in questions])
    return [({"result": count, "full_response": None}, "") for count in counts]


AI_COUNT_TOKENS = AiFunction(
    "AI.COUNT_TOKENS",
    "Counts the tokens that a model reads in a text.",
    ("input",),
    (ENDPOINT, CONNECTION),
    "STRUCT<result INT64, full_response JSON>",
    _count,
    "SELECT sum(AI.COUNT_TOKENS(review, endpoint => 'all-minilm-l6-v2').result) AS tokens FROM reviews",
    (
        (
            "A service counts itself: it is sent the text and may write one token, and says what it has read, with the "
            "marks that it puts around every prompt. That costs what reading the text costs."
        ),
        (
            "With endpoint => 'all-minilm-l6-v2' the word pieces are counted here, its two marks among them; of more "
            f"than {LONGEST} it reads the first {LONGEST}."
        ),
        "A text without a count is NULL. Each different input is asked once in a query.",
    ),
)
