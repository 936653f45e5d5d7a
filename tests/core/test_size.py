from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.core.errors import UserError
from penstock.core.settings import read_settings
from penstock.core.size import parse_size, size_text


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("1B", 1),
        ("500MB", 500_000_000),
        (" 1.5 GiB ", 3 << 29),
        ("2kb", 2000),
        ("1TiB", 1 << 40),
        ("0MB", None),
        ("MB", None),
        ("5", None),
        ("-1MB", None),
        ("1 QB", None),
        ("٣MB", None),
        ("", None),
    ],
)
def test_a_size_is_read_as_people_write_it(text, count):
    assert parse_size(text) == count


@given(st.integers(1, 10**15))
def test_a_size_in_words_is_near_the_size(count):
    text = size_text(count).replace("bytes", "B").replace("e+03", "000")
    assert parse_size(text) == pytest.approx(count, rel=0.006)


def test_the_settings_take_sizes_and_name_the_line_of_one_that_is_none(tmp_path):
    path = tmp_path / "penstock.toml"
    path.write_text('[log]\nlimit = "2GiB"\n[serve]\nmodel_memory = "1MB"\n')
    settings = read_settings(tmp_path, {})
    assert (settings.log_bytes, settings.model_bytes) == (2 << 30, 1_000_000)
    path.write_text('[log]\nlimit = "much"\n')
    with pytest.raises(UserError, match="limit must be a size such as 500MB or 2GiB, not 'much'") as caught:
        read_settings(tmp_path, {})
    assert caught.value.diagnostics[0].span.line == 2
    path.write_text("")
    settings = read_settings(tmp_path, {})
    assert (settings.log_bytes, settings.model_bytes) == (1 << 30, 256_000_000)
