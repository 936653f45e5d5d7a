"""Versions in memory: loaded while there is room, put away when others need it, loaded again when asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from penstock.core.errors import CorruptArtifact, StorageFailure
from penstock.lake.database import open_lake
from penstock.learn.artifact import EVALUATION, load_model
from penstock.serving.held_model import StoredFiles
from penstock.serving.model_store import ModelStore, reckoned_size

ROW = {"기온": 10.0, "weather": "맑음"}
NAMES = ("a", "b", "c", "d")


@pytest.fixture
def four(world, demand_files):
    """Four models, each with an endpoint of its name."""
    for name in NAMES:
        world.add_version(name, demand_files)
        world.add_endpoint(name, name)
    return world


@pytest.fixture
def size(demand_files):
    """What one of them is reckoned to take."""
    return reckoned_size(demand_files)


def with_room_for(world, models, size):
    world.settings = replace(world.settings, model_memory=f"{models * size + 1}B")


def loaded(plane):
    return sorted(s.endpoint for s in plane.endpoints() for model in s.route.models.values() if model.quick)


def test_versions_are_loaded_at_the_start_while_there_is_room_and_the_others_at_their_first_request(four, size, serve):
    with_room_for(four, 2, size)
    plane = serve()
    assert loaded(plane) == ["a", "b"]
    assert plane.models.memory() == 2 * size
    assert plane.ready() == []
    assert plane.predict("d", [ROW]).predictions[0]["prediction"] == pytest.approx(20.0)
    assert loaded(plane) == ["b", "d"]


def test_the_one_that_was_asked_for_least_recently_is_put_away(four, size, serve):
    with_room_for(four, 3, size)
    plane = serve()
    for name in ("c", "a", "b", "c"):
        plane.predict(name, [ROW])
    plane.predict("d", [ROW])
    assert loaded(plane) == ["b", "c", "d"]
    assert (plane.models.loads, plane.models.put_away) == (4, 1)


def test_what_was_put_away_answers_as_before(four, size, serve):
    with_room_for(four, 1, size)
    plane = serve()
    answers = [plane.predict(name, [ROW]).predictions[0]["prediction"] for name in NAMES * 2]
    assert answers == pytest.approx([20.0] * 8)
    assert plane.models.in_memory() == 1


def test_a_model_that_is_larger_than_all_the_room_is_served_all_the_same(four, serve):
    with_room_for(four, 0, 0)
    plane = serve()
    assert loaded(plane) == []
    assert plane.predict("a", [ROW]).predictions[0]["prediction"] == pytest.approx(20.0)
    assert loaded(plane) == ["a"]


def test_a_promotion_of_a_model_in_use_is_loaded_before_it_answers(four, size, serve, steeper_files):
    with_room_for(four, 2, size)
    plane = serve()
    four.add_version("b", steeper_files)
    four.add_version("d", steeper_files)
    plane.refresh()
    # That of b takes the place of another; nobody asks d.
    assert "b" in loaded(plane)
    assert "d" not in loaded(plane)
    assert plane.predict("b", [ROW]).predictions[0]["prediction"] == pytest.approx(50.0)
    assert plane.predict("d", [ROW]).predictions[0]["prediction"] == pytest.approx(50.0)


def test_versions_out_of_service_take_no_room(four, size, serve, steeper_files):
    plane = serve()
    four.add_version("a", steeper_files)
    plane.refresh()
    assert plane.models.in_memory() == 4


def test_damage_is_found_before_a_version_is_in_service_even_when_it_is_not_loaded(four, size, serve, demand_files):
    with_room_for(four, 1, size)
    version = four.add_version("d", demand_files | {"native.txt": b"other"})
    four.storage.write(version.artifact, demand_files | {"native.txt": b"damaged"})
    plane = serve()
    assert plane.ready() == plane.problems() != []
    assert "not the ones that were recorded" in plane.problems()[0]


def test_damage_done_after_the_start_is_found_when_the_version_is_loaded(four, size, serve, demand_files):
    with_room_for(four, 1, size)
    version = four.add_version("d", demand_files | {"native.txt": b"other"})
    plane = serve()
    four.storage.write(version.artifact, demand_files)
    with pytest.raises(CorruptArtifact, match="Version 2 of model d"):
        plane.predict("d", [ROW])
    four.storage.delete(version.artifact)
    with pytest.raises(StorageFailure, match="Version 2 of model d"):
        plane.predict("d", [ROW])


def test_files_beside_the_graph_are_read_from_storage_when_they_are_asked_for(four, demand_files):
    transforms = open_lake(None)
    store = ModelStore(four.catalog, four.storage, transforms, four.lake)
    version = four.add_version("a", demand_files)
    model = store.served("a", version.number)
    held = model._loaded
    assert held.evaluation().num_rows == load_model(demand_files, None).evaluation().num_rows
    assert set(held.files) == set(demand_files)
    four.storage.write(version.artifact, demand_files | {EVALUATION: b"damaged"})
    with pytest.raises(CorruptArtifact, match=r"evaluation\.arrow is not the one"):
        held.evaluation()
    transforms.close()


def test_stored_files_read_nothing_before_they_were_let_go():
    files = StoredFiles({"a": b"1"}, lambda name: {"a": b"1"}[name])
    read = StoredFiles({"a": b"1"}, lambda _: b"2")
    assert read["a"] == b"1"
    read.let_go()
    with pytest.raises(CorruptArtifact):
        read["a"]
    files.let_go()
    assert files["a"] == b"1"
    assert ("a" in files, "b" in files, len(files), list(files)) == (True, False, 1, ["a"])
    with pytest.raises(KeyError):
        files["b"]
