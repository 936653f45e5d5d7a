"""ML.EVALUATE of a remote language model: what it writes to each text, beside what was wanted."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from penstock.core.errors import InvalidOption
from penstock.core.options import OptionSpec
from penstock.functions.absent import ROWS_NOT_JUDGED
from penstock.functions.asked_rows import asked_model, asked_rows, text_column
from penstock.functions.function import Call, OutputColumn
from penstock.functions.generate_text import SAMPLING
from penstock.functions.language_model import parameters_of, writer
from penstock.lake.database import ArrowRows
from penstock.learn.schema import Task
from penstock.learn.text_metrics import bleu, class_scores, exact_match, rouge_l

Json = Any
ASKED, WANTED = "input_text", "output_text"
STATUS = "evaluation_status"
# No column of a user's has these names.
_WRITTEN, _REASON = "penstock_written", "penstock_reason"
_ROUGE = ("rouge-l_precision", "rouge-l_recall", "rouge-l_f1_score")
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "TEXT_GENERATION": ("bleu4_score", *_ROUGE),
    "CLASSIFICATION": ("precision", "recall", "f1_score", "label"),
    "SUMMARIZATION": _ROUGE,
    "QUESTION_ANSWERING": ("exact_match",),
}
TASK_TYPE = OptionSpec(
    "task_type",
    "string",
    "TEXT_GENERATION",
    "Remote language models: what is measured, as the columns say.",
    choices=tuple(COLUMNS),
)
OPTIONS = (
    TASK_TYPE,
    *(option for option in SAMPLING if option.name in ("max_output_tokens", "temperature", "top_k", "top_p")),
)
OUTPUT = (
    OutputColumn("bleu4_score", "FLOAT64", "Text generation: BLEU of up to four words (Papineni et al. 2002), 0 to 1."),
    OutputColumn("rouge-l_precision", "FLOAT64", "Text generation and summarization: ROUGE-L (Lin 2004), precision."),
    OutputColumn("rouge-l_recall", "FLOAT64", "Text generation and summarization: ROUGE-L, recall."),
    OutputColumn("rouge-l_f1_score", "FLOAT64", "Text generation and summarization: ROUGE-L, F1."),
    OutputColumn("exact_match", "FLOAT64", "Question answering: the share of the answers that are the wanted ones."),
    OutputColumn("label", "STRING", "Texts that name a class: the class of the row, in order."),
    OutputColumn(STATUS, "STRING", "Remote models: empty, or how many rows had no answer and why."),
)
NOTES = (
    (
        "Of a remote language model: it is asked each `input_text` of the data, and its answers are compared with "
        "`output_text`; task_type 'CLASSIFICATION' gives a row for each class."
    ),
    "Words of Korean are told apart by spaces, Chinese and Japanese by letter. Rows with a NULL are left out.",
)


def refuse_text_options(call: Call) -> None:
    """Raise InvalidOption for options of language models with another model, and the other way round."""
    remote = call.fitted.manifest.task is Task.REMOTE
    names = {option.name for option in OPTIONS}
    wrong = sorted(name for name in call.given if (name in names) != remote)
    if wrong:
        whose = "other models than remote ones" if remote else "remote language models"
        message = f"Option {wrong[0]} of {call.name} is for {whose}."
        raise InvalidOption.of(message, span=call.span, hint="Leave it out.")


def evaluate_texts(call: Call) -> ArrowRows:
    """Return the metrics of the task that the call names, and how many rows had no answer.

    Raises InvalidOption for a model that predicts rows or embeds, and without data; UnknownName and BadData for data
    without the columns.
    """
    _check(call)
    columns = COLUMNS[str(call.options["task_type"])]
    texts = ("label", STATUS)
    schema = pa.schema([(name, pa.string() if name in texts else pa.float64()) for name in (*columns, STATUS)])
    answers = _answers(call)

    def batches() -> Iterator[pa.RecordBatch]:
        written, wanted, status = _compared(call, answers)
        rows = _measured(str(call.options["task_type"]), written, wanted)
        found = [{**row, STATUS: status} for row in rows]
        yield pa.RecordBatch.from_pylist(found, schema=schema)

    return ArrowRows(schema, batches)


def _check(call: Call) -> None:
    refuse_text_options(call)
    if call.fitted.manifest.details["outputs"]:
        message = f"{call.name} does not work on {call.model_name}, which predicts rows."
        hint = f"It {ROWS_NOT_JUDGED.reason}. {ROWS_NOT_JUDGED.instead}"
        raise InvalidOption.of(message, span=call.span, hint=hint)
    if call.input is None:
        message = f"{call.name} needs data to judge {call.model_name} by: nothing was measured when it was made."
        raise InvalidOption.of(
            message, span=call.span, hint=f"Write (SELECT question AS {ASKED}, answer AS {WANTED} …)."
        )
    text_column(call, WANTED)


def _answers(call: Call) -> ArrowRows:
    """Return the data with what the model wrote to it."""
    write = writer(asked_model(call), parameters_of(call.options, call.span), None)

    def ask(texts: Sequence[str]) -> list[dict[str, Json]]:
        return [{_WRITTEN: found.text, _REASON: found.status} for found in write(texts)]

    return asked_rows(call, ASKED, [(_WRITTEN, pa.string()), (_REASON, pa.string())], ask, {})


def _compared(call: Call, answers: ArrowRows) -> tuple[list[str], list[str], str]:
    """Return what was written and what was wanted, of the rows that have both, and what is to be said of the others."""
    at = text_column(call, WANTED) + 2
    written: list[str] = []
    wanted: list[str] = []
    reasons: Counter[str] = Counter()
    rows = left_out = 0
    for batch in answers.batches():
        own, why = batch.column(0).to_pylist(), batch.column(1).to_pylist()
        for text, reason, reference in zip(own, why, batch.column(at).to_pylist(), strict=True):
            rows += 1
            if reason:
                reasons[reason] += 1
            elif text is None or reference is None:
                left_out += 1
            else:
                written.append(text)
                wanted.append(reference)
    if left_out:
        without, were = ("1 row has", "was") if left_out == 1 else (f"{left_out:,} rows have", "were")
        call.environment.notice(f"{call.name}: {without} no {ASKED} or no {WANTED} and {were} left out.")
    if not reasons:
        return written, wanted, ""
    (reason, _), *_more = reasons.most_common()
    return written, wanted, f"{reasons.total():,} of {rows:,} rows had no answer: {reason}"


def _measured(task: str, written: Sequence[str], wanted: Sequence[str]) -> list[dict[str, float | str | None]]:
    if task == "CLASSIFICATION":
        scores = class_scores(written, wanted)
        return [{name: _defined(value) for name, value in vars(score).items()} for score in scores] or [{}]
    found: dict[str, float] = {}
    if task == "QUESTION_ANSWERING":
        found["exact_match"] = exact_match(written, wanted)
    else:
        found |= {f"rouge-l_{name}": value for name, value in rouge_l(written, wanted).items()}
    if task == "TEXT_GENERATION":
        found["bleu4_score"] = bleu(written, wanted)
    return [{name: _defined(value) for name, value in found.items()}]


def _defined(value: float | str) -> float | str | None:
    return None if isinstance(value, float) and math.isnan(value) else value
