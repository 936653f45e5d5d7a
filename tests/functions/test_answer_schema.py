"""What a language model answers in JSON, read by the schema that it was given."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.core.errors import InvalidOption
from penstock.functions.answer_schema import arrow_type, json_schema, output_schema, read_answer

FIELDS = output_schema("이름 STRING, n INT64, x FLOAT64, ok BOOL, tags ARRAY<STRING>", None)
GOOD = {"이름": "서울", "n": 3, "x": 2, "ok": True, "tags": ["a", None]}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["이름", "n", "x", "ok", "tags"]), inner),
)


def test_an_answer_has_the_types_of_its_fields() -> None:
    values, status = read_answer(json.dumps({**GOOD, "tags": ["a"]}), FIELDS)
    assert status == ""
    assert values == {"이름": "서울", "n": 3, "x": 2.0, "ok": True, "tags": ["a"]}
    assert isinstance(values["x"], float)


@pytest.mark.parametrize("text", ['```json\n{"n": 1}\n```', '```\n{"n": 1}\n```', ' {"n": 1, "more": 2} '])
def test_fences_and_further_fields_are_let_be(text: str) -> None:
    assert read_answer(text, output_schema("n INT64", None)) == ({"n": 1}, "")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"n": 2.5}, "no INT64 in the field 'n'"),
        ({"n": 2**64}, "no INT64 in the field 'n'"),
        ({"n": True}, "no INT64"),
        ({"x": 10**400}, "no FLOAT64"),
        ({"ok": "yes"}, "no BOOL"),
        ({"tags": "a"}, "no STRING in the field 'tags'"),
    ],
)
def test_a_field_of_another_type_is_the_status(change: dict[str, object], words: str) -> None:
    values, status = read_answer(json.dumps({**GOOD, "tags": [], **change}), FIELDS)
    assert values is None
    assert words in status


@given(JSON)
def test_whatever_is_answered_becomes_columns_or_a_status(answer: object) -> None:
    values, status = read_answer(json.dumps(answer), FIELDS)
    assert (values is None) == bool(status)
    for field in FIELDS if values is not None else ():
        pa.array([values[field.name]], arrow_type(field))


def test_the_schema_asks_for_every_field_and_no_other() -> None:
    schema = json_schema(output_schema("a STRING, b ARRAY<INT64>", None))
    assert schema["required"] == ["a", "b"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["b"] == {"type": "array", "items": {"type": "integer"}}


@pytest.mark.parametrize("text", ["", "a", "a STRUCT<x STRING>", "a STRING, a INT64", "a STRING b"])
def test_a_schema_that_cannot_be_read_is_told(text: str) -> None:
    with pytest.raises(InvalidOption, match="output_schema"):
        output_schema(text, None)
