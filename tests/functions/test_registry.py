"""The registry of functions, their reference page, and the public checks over every one of them."""

from __future__ import annotations

from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pyarrow as pa
import pytest

from penstock.core.errors import InternalError, UnknownName
from penstock.functions.function import Call, FunctionSpec, OutputColumn, fixed_rows
from penstock.functions.preprocessing import PREPROCESSING
from penstock.functions.reference import reference_markdown
from penstock.functions.registry import FUNCTIONS, function_of, functions
from penstock.testing.function_checks import FunctionCheck, function_checks

CHECKS = [check for spec in FUNCTIONS.values() for check in function_checks(spec)]

ANSWER = FunctionSpec(
    name="ML.ANSWER",
    summary="Gives the answer.",
    run=lambda call: fixed_rows(pa.table({"answer": [42]})),
    output=(OutputColumn("answer", "INT64", "The answer."),),
    example="SELECT * FROM ML.ANSWER()",
    model=False,
)


@pytest.mark.parametrize("check", CHECKS, ids=str)
def test_every_function_passes_the_public_checks(check: FunctionCheck) -> None:
    check()


@pytest.mark.parametrize("check", function_checks(ANSWER), ids=str)
def test_a_function_without_model_and_data_passes_the_public_checks(check: FunctionCheck) -> None:
    check()


def test_a_careless_function_does_not_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    def other_columns(call: Call) -> object:
        return fixed_rows(pa.table({"reply": [42]}))

    careless = FunctionSpec(
        **{**ANSWER.__dict__, "run": other_columns, "summary": "Gives", "example": "SELECT * FROM ML.OTHER()"}
    )
    failed = []
    for check in function_checks(careless):
        try:
            check()
        except AssertionError:
            failed.append(check.name)
    assert failed == ["is described", "has an example that calls it", "gives what is documented"]


def test_names_are_found_in_any_case_or_with_a_hint() -> None:
    assert function_of("ml.Predict") is FUNCTIONS["ML.PREDICT"]
    with pytest.raises(UnknownName, match=r"Did you mean 'ML\.EVALUATE'"):
        function_of("ML.EVALUTE")


def test_packages_register_functions(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "answering_package.py").write_text(
        "from penstock.functions.function import FunctionSpec, OutputColumn\n"
        "def run(call): raise NotImplementedError\n"
        "SPEC = FunctionSpec('ML.ANSWER', 'Gives it.', run, (OutputColumn('a', 'INT64', 'It.'),), 'SELECT 1')\n"
        "PREDICT = FunctionSpec('ml.predict', 'Gives it.', run, (), 'SELECT 1')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)

    def installed(target: str) -> None:
        entry = EntryPoint("answer", f"answering_package:{target}", "penstock.functions")
        monkeypatch.setattr("penstock.functions.registry.entry_points", lambda group: EntryPoints([entry]))

    installed("SPEC")
    assert functions()["ML.ANSWER"].summary == "Gives it."
    installed("PREDICT")
    with pytest.raises(InternalError, match="exists already"):
        functions()
    installed("MISSING")
    with pytest.raises(InternalError, match="does not load"):
        functions()


def test_the_reference_names_every_function_option_and_column() -> None:
    page = reference_markdown()
    for spec in FUNCTIONS.values():
        assert f"## {spec.name}\n" in page
        assert spec.example in page
        for name in [*(option.name for option in spec.options), *(column.name for column in spec.output)]:
            assert f"`{name}`" in page
    for name, function in PREPROCESSING.items():
        assert f"## {name}\n" in page
        for parameter in function.parameters:
            assert f"`{parameter.name}`" in page


def test_signatures_show_what_may_be_left_out() -> None:
    signatures = {name: spec.signature for name, spec in FUNCTIONS.items()}
    assert signatures["ML.FEATURE_INFO"] == "ML.FEATURE_INFO(MODEL m)"
    assert signatures["ML.TRANSFORM"] == "ML.TRANSFORM(MODEL m, {TABLE t | (query)})"
    curve = "ML.ROC_CURVE(MODEL m [, {TABLE t | (query)}] [, thresholds] [, STRUCT(… AS trial_id)])"
    assert signatures["ML.ROC_CURVE"] == curve
    assert signatures["ML.EVALUATE"].startswith("ML.EVALUATE(MODEL m [, {TABLE t | (query)}] [, STRUCT(… AS ")
