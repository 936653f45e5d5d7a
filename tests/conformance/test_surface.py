"""The words of the cases are those of the surface, and most of it is held by cases."""

from __future__ import annotations

from pathlib import Path

import pytest

from penstock.cli.reference.conformance_state import Thing, read_surface

ROOT = Path(__file__).parent


def test_every_case_covers_something_that_there_is() -> None:
    surface = read_surface(ROOT)
    assert surface.states[Thing("function", "ML.EVALUATE", "linear_reg")].word == "works"


@pytest.mark.parametrize("word", ["ML.PREDIKT on kmeans", "ML.PREDICT on means", "option depth of pca", "script GOTO"])
def test_a_word_that_there_is_not_is_told(tmp_path: Path, word: str) -> None:
    for name in ("surface.toml", "absent.toml"):
        (tmp_path / name).write_text((ROOT / name).read_text())
    case = f"-- A case.\n-- source: here\n-- covers: {word}\nSELECT 1 AS x;\n-- columns: x INT64\n"
    (tmp_path / "case.sql").write_text(case)
    with pytest.raises(ValueError, match="is not in surface"):
        read_surface(tmp_path)


def test_what_has_a_case_is_not_absent(tmp_path: Path) -> None:
    (tmp_path / "surface.toml").write_text((ROOT / "surface.toml").read_text())
    (tmp_path / "absent.toml").write_text('"script SET" = "It is not there."\n')
    case = "-- A case.\n-- source: here\n-- covers: script SET\nSELECT 1 AS x;\n-- columns: x INT64\n"
    (tmp_path / "case.sql").write_text(case)
    with pytest.raises(ValueError, match="so it is not absent"):
        read_surface(tmp_path)
