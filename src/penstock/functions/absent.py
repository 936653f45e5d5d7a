"""What BigQuery ML has and Penstock cannot have: said by name, with the reason and the nearest thing that works."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from penstock.core.errors import InvalidOption, UnknownName
from penstock.core.spans import Span
from penstock.sql.call import OBJECT_FUNCTIONS


@dataclass(frozen=True)
class Absent:
    """Why a function is not there, as the end of a sentence about it, and what comes nearest."""

    reason: str
    instead: str


_CLOUD = "is a service of Google's cloud, with a protocol of its own"
_ASK = "Ask a language model: AI.GENERATE((…, text)), or AI.GENERATE_TABLE for columns."
ABSENT: Mapping[str, Absent] = {
    "ML.TRANSLATE": Absent(_CLOUD, "Ask a language model: AI.GENERATE(('Translate into English: ', text)).result."),
    "ML.UNDERSTAND_TEXT": Absent(_CLOUD, _ASK),
    "ML.ANNOTATE_IMAGE": Absent(_CLOUD, "Import a model for images as ONNX and ask it with ML.PREDICT."),
    "ML.TRANSCRIBE": Absent(_CLOUD, "Transcribe the recordings before they are loaded, for example with Whisper."),
    "ML.PROCESS_DOCUMENT": Absent(_CLOUD, "Take the text out of the documents first, then AI.GENERATE_TABLE."),
    **dict.fromkeys(
        sorted(OBJECT_FUNCTIONS),
        Absent(
            "hands out references to objects of a cloud store",
            "Files are rows by themselves: SELECT filename, content FROM read_blob('folder/*') in DuckDB's SQL.",
        ),
    ),
}


_JUDGE = Absent(
    "is what BigQuery trains a cheaper judge on; here every question is asked",
    "Leave it out.",
)
# Arguments of functions that are there, by the function and the argument.
ABSENT_ARGUMENTS: Mapping[tuple[str, str], Absent] = {
    ("AI.IF", "embeddings"): _JUDGE,
    ("AI.CLASSIFY", "embeddings"): _JUDGE,
}

# Why a remote model that predicts rows is not judged.
ROWS_NOT_JUDGED = Absent(
    "would pass the call on to the service, which in Google's cloud answers with JSON of its own",
    "Compare the column of ML.PREDICT with the outcome in SQL.",
)


def refuse_absent_argument(function: str, argument: str, span: Span | None) -> None:
    """Raise InvalidOption for an argument that a function cannot take here, saying why and what to do."""
    found = ABSENT_ARGUMENTS.get((function, argument.lower()))
    if found is not None:
        message = f"{function} does not take {argument.lower()} here."
        raise InvalidOption.of(message, span=span, hint=f"It {found.reason}. {found.instead}")


def refuse_absent(name: str, span: Span | None) -> None:
    """Raise UnknownName for a function that cannot be here, saying why and what comes nearest."""
    found = ABSENT.get(name.upper())
    if found is not None:
        hint = f"It {found.reason}. {found.instead}"
        raise UnknownName.of(f"{name.upper()} is not offered.", span=span, hint=hint)
