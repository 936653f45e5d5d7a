"""The words of the cases are those of the surface, and most of it is held by cases."""

from __future__ import annotations

from pathlib import Path

import pytest

from penstock.cli.reference.conformance_state import Thing, read_surface
from penstock.testing.conformance import Case

ROOT = Path(__file__).parent


def test_every_case_covers_something_that_there_is() -> None:
    surface = read_surface(ROOT)
    assert surface.states[Thing("function", "ML.EVALUATE", "linear_reg")].word == "works"


def test_what_works_or_differs_of_functions_and_models_holds_a_value() -> None:
    surface = read_surface(ROOT)
    hollow = [
        str(thing)
        for area in ("function", "model")
        for thing in surface.of(area)
        if surface.states[thing].cases and not any(holds_a_value(case) for case in surface.states[thing].cases)
    ]
    assert not hollow


def test_an_option_without_an_effect_that_is_seen_is_accepted_only(tmp_path: Path) -> None:
    options = {name: Thing("option", name, "pca") for name in ("pca_solver", "scale_features", "kms_key_name")}
    surface = read_surface(folder_of(tmp_path, *(f"-- accepts: option {name} of pca" for name in options)))
    assert surface.states[options["pca_solver"]].word == "accepted"
    seen = read_surface(
        folder_of(tmp_path, "-- accepts: option pca_solver of pca", "-- covers: option pca_solver of pca")
    )
    assert seen.states[options["pca_solver"]].word == "works"


def test_only_options_can_be_accepted_without_an_effect(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="only an option can be accepted"):
        read_surface(folder_of(tmp_path, "-- accepts: ML.PREDICT on kmeans"))


def test_a_recorded_option_differs_alike_for_every_model_type() -> None:
    surface = read_surface(ROOT)
    recorded = ("model_registry", "vertex_ai_model_id", "kms_key_name", "expiration_timestamp", "xgboost_version")
    for name in (*recorded, "vertex_ai_model_version_aliases", "tree_method", "tf_version"):
        states = [surface.states[thing] for thing in surface.of("option") if thing.name == name]
        assert {state.word for state in states} == {"differs"}, name
        assert len({state.why for state in states}) == 1, name


def test_trees_are_said_to_be_of_another_library() -> None:
    surface = read_surface(ROOT)
    trees = [thing for thing in surface.of("model") if thing.name.startswith(("boosted_tree", "random_forest"))]
    assert len(trees) == 4
    assert all(surface.states[tree].why.startswith("LightGBM") for tree in trees)


def holds_a_value(case: Case) -> bool:
    """Return whether a case would fail for another value, not only for other names, types or numbers of rows."""
    return case.error is not None or any(value != "*" for row in case.rows or () for value in row)


def folder_of(place: Path, *lines: str) -> Path:
    """Write the surface and one case that has these lines; return their folder."""
    for name in ("surface.toml", "absent.toml"):
        (place / name).write_text((ROOT / name).read_text())
    said = "\n".join(lines)
    (place / "case.sql").write_text(f"-- A case.\n-- source: here\n{said}\nSELECT 1 AS x;\n-- columns: x INT64\n")
    return place


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
