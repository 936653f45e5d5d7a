from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.learn.schema import Feature, FeatureType
from penstock.serving.row import InvalidRows, RowReader

FEATURES = (
    Feature("기온", FeatureType.NUMBER, "double"),
    Feature("weather", FeatureType.STRING, "string"),
    Feature("holiday", FeatureType.BOOLEAN, "bool"),
)
READER = RowReader(FEATURES)
DATED = RowReader((*FEATURES, Feature("day", FeatureType.DATE, "date32[day]")))
ROW = {"기온": 3, "weather": "rain", "holiday": False}


def refusal(rows, reader=READER):
    with pytest.raises(InvalidRows) as quick:
        reader.read(rows, parsed_json=True)
    with pytest.raises(InvalidRows) as careful:
        reader.read(rows)
    assert str(quick.value) == str(careful.value)
    return quick.value.diagnostics


def test_usual_rows_are_taken_as_they_are():
    rows = [ROW, {"holiday": None, "weather": "처음 보는 값", "기온": -2.5}]
    checked = READER.read(rows, parsed_json=True)
    assert checked.values is rows
    assert checked.logged is rows
    assert READER.read(rows).values == rows


def test_names_match_without_regard_to_case_and_are_logged_as_the_model_spells_them():
    checked = READER.read([{"기온": 3, "Weather": "rain", "HOLIDAY": False}], parsed_json=True)
    assert checked.logged == [ROW]


def test_a_struct_is_its_fields():
    reader = RowReader((Feature("place_x", FeatureType.NUMBER, "double"), Feature("place_b_y", FeatureType.STRING, "")))
    assert reader.read([{"place": {"x": 1, "b": {"y": "z"}}}]).values == [{"place_x": 1, "place_b_y": "z"}]


def test_a_date_is_read_as_a_date_and_logged_as_it_was_sent():
    checked = DATED.read([{**ROW, "day": "2026-03-31"}], parsed_json=True)
    assert checked.values[0]["day"].isoformat() == "2026-03-31"
    assert checked.logged == [{**ROW, "day": "2026-03-31"}]


@pytest.mark.parametrize(
    ("row", "column", "message", "hint"),
    [
        ({**ROW, "기온": "3"}, "기온", "Row 2: the column '기온' must be a number, not \"3\".", None),
        ({**ROW, "기온": True}, "기온", "must be a number, not true", None),
        ({**ROW, "holiday": 1}, "holiday", "must be true or false, not 1", None),
        ({**ROW, "wether": "x"}, "wether", "Row 2 has a column 'wether'", "Did you mean 'weather'?"),
        ({"기온": 3, "weather": None}, "holiday", "Row 2 has no column 'holiday'.", "Send null"),
        ({"기온": 3}, "weather", "Row 2 has no columns 'weather', 'holiday'.", "Send null"),
        ({**ROW, "Weather": "x"}, "weather", "has the column 'weather' twice", None),
        ([1, 2], None, "Row 2 must be an object of columns and values, not [1, 2].", None),
        (None, None, "Row 2 must be an object", None),
    ],
)
def test_a_wrong_row_is_refused_with_its_place(row, column, message, hint):
    finding = refusal([ROW, row])[0]
    assert (finding.row, finding.column) == (2, column)
    assert message in finding.message
    assert (hint is None) == (finding.hint is None)
    assert hint is None or hint in finding.hint


def test_a_misspelt_column_is_unknown_and_the_right_one_missing():
    first, second = refusal([{"기온": 3, "wether": "rain", "holiday": False}])
    assert first.column == "wether"
    assert (second.column, second.hint) == (
        "weather",
        "Did you mean 'wether'? Send null for a value that is not known.",
    )


@pytest.mark.parametrize("rows", [[], {}, None, "rows", {"기온": 1}])
def test_no_rows_are_refused(rows):
    assert "at least one row" in refusal(rows)[0].message


def test_a_flood_of_findings_is_cut():
    assert len(refusal([{}] * 1000)) == 10


def test_a_long_value_is_shown_shortened():
    assert len(refusal([{**ROW, "기온": "x" * 10_000}])[0].message) < 200


VALUES = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text()
NAMES = st.sampled_from(["기온", "weather", "holiday", "HOLIDAY", "other"])


@given(st.lists(st.dictionaries(NAMES, VALUES | st.lists(VALUES, max_size=2)), min_size=1, max_size=3))
def test_the_quick_way_and_the_careful_way_agree(rows):
    rows = orjson.loads(orjson.dumps(rows))
    try:
        careful = READER.read(rows)
    except InvalidRows as refused:
        with pytest.raises(InvalidRows) as caught:
            READER.read(rows, parsed_json=True)
        assert caught.value.diagnostics == refused.diagnostics
    else:
        assert READER.read(rows, parsed_json=True) == careful
