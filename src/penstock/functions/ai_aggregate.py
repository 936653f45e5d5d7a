"""AI.AGG: a language model reads all texts of a group, in parts where they are many, and answers once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from penstock.core.errors import InvalidOption
from penstock.core.options import OptionSpec
from penstock.functions.ai_value import AiFunction, AiResult, AiUse
from penstock.functions.language_model import CONNECTION, ENDPOINT, Write, asked_for, writer

Json = Any
# Letters of the texts that one request holds: some three thousand tokens of English, ten thousand of Korean at most.
READ_AT_ONCE = 12_000
INSTRUCTION = OptionSpec("instruction", "string", None, "What is asked of all texts of the group.")


def aggregated_sql(text: str, distinct: bool) -> str:
    """Return SQL for the texts of a group, or the different ones of them, as JSON, in the order of the alphabet."""
    text = f"CAST(({text}) AS VARCHAR)"
    return f"to_json(list({'DISTINCT ' * distinct}{text} ORDER BY {text}) FILTER ({text} IS NOT NULL))"


def folded(groups: Sequence[Sequence[str]], instruction: str, write: Write) -> list[tuple[str | None, str]]:
    """Return the answer to each group of texts, or None and the reason.

    What one request cannot hold is asked in parts, and then their answers, until one is left.
    """
    found: list[tuple[str | None, str]] = [(None, "")] * len(groups)
    pending = {
        place: _parts([piece for text in texts for piece in _cut(text)], 1) for place, texts in enumerate(groups)
    }
    first = True
    while pending:
        requests = [(place, part) for place, parts in pending.items() for part in parts]
        answers = write([_prompt(instruction, part, first=first) for _, part in requests])
        read: dict[int, list[str]] = {place: [] for place in pending}
        for (place, _), answer in zip(requests, answers, strict=True):
            if answer.text is None:
                found[place] = (None, answer.status)
                read.pop(place, None)
            elif place in read:
                read[place].append(answer.text)
        found = [(read[place][0], "") if len(read.get(place, ())) == 1 else known for place, known in enumerate(found)]
        # At least two in a request, however long they are, so that they become fewer.
        pending = {place: _parts(texts, 2) for place, texts in read.items() if len(texts) > 1}
        first = False
    return found


def _cut(text: str) -> list[str]:
    return [text[begin : begin + READ_AT_ONCE] for begin in range(0, max(len(text), 1), READ_AT_ONCE)]


def _parts(texts: Sequence[str], fewest: int) -> list[list[str]]:
    """Return the texts in parts of so many at least, and otherwise no more than one request can hold."""
    parts: list[list[str]] = [[]]
    length = 0
    for text in texts:
        if len(parts[-1]) >= fewest and length + len(text) > READ_AT_ONCE:
            parts.append([])
            length = 0
        parts[-1].append(text)
        length += len(text)
    return parts


def _prompt(instruction: str, texts: Sequence[str], *, first: bool) -> str:
    what, word = ("Answer once, for all of these texts.", "Text")
    if not first:
        what, word = ("Others have answered this for parts of the texts. Make one answer of theirs.", "Answer")
    listed = "\n\n".join(f"{word} {number}:\n{text}" for number, text in enumerate(texts, 1))
    return f"{instruction}\n\n{what}\n\n{listed}"


def _aggregate(use: AiUse) -> AiResult:
    asked = asked_for(use.services, use.options, use.span)
    instruction = str(use.options["instruction"]).strip()
    if not instruction:
        raise InvalidOption.of(f"{use.name} needs an instruction that says something.", span=use.span)
    write = writer(asked, {}, None)

    def answers(questions: Sequence[tuple[str, ...]]) -> list[tuple[Json, str]]:
        return list(folded([json.loads(texts) for (texts,) in questions], instruction, write))

    return AiResult("VARCHAR", pa.string(), answers)


AI_AGG = AiFunction(
    "AI.AGG",
    "Has a language model read all texts of a group and answer once.",
    ("input",),
    (INSTRUCTION, CONNECTION, ENDPOINT),
    "STRING",
    _aggregate,
    "SELECT stars, AI.AGG(review, 'What do the guests complain about?') FROM reviews GROUP BY stars",
    (
        (
            f"Up to {READ_AT_ONCE:,} letters are read at once. Of more texts the parts are answered, and then their "
            "answers, until one is left."
        ),
        (
            "AI.AGG(DISTINCT text, …) reads each different text once. Texts are read in the order of the alphabet; a "
            "NULL is left out."
        ),
        "A group without a text, or without an answer to one of its parts, is NULL.",
    ),
    required=("instruction",),
    aggregate=aggregated_sql,
)
