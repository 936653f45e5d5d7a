from __future__ import annotations

import subprocess
import sys
import textwrap
from datetime import timedelta

import pytest

from penstock.catalog.database import open_catalog
from penstock.catalog.versions import (
    AliasMove,
    Version,
    add_version,
    alias_history,
    aliases,
    aliases_of_all,
    champions,
    forget_versions,
    get_version,
    list_versions,
    newest_version,
    promote,
    set_alias,
    set_status,
)
from penstock.core.errors import UnknownName


def add(catalog, now, model="demand", **changes):
    values = {
        "model": model,
        "created_at": now,
        "run_id": "r1",
        "definition": "CREATE MODEL …",
        "options": {"max_iterations": 20},
        "seed": 42,
        "metrics": {"mean_absolute_error": 51.5, "precision": None},
        "sources": {"hours": 7, "days": None},
        "packages": {"lightgbm": "4.7.0"},
        "artifact": "models/demand/abc",
        "artifact_hash": "abc",
    }
    return add_version(catalog, **(values | changes))


def test_a_version_comes_back_whole(catalog, now):
    added = add(catalog, now)
    assert added == Version(
        "demand",
        1,
        now,
        "r1",
        "CREATE MODEL …",
        {"max_iterations": 20},
        42,
        {"mean_absolute_error": 51.5, "precision": None},
        {"hours": 7, "days": None},
        {"lightgbm": "4.7.0"},
        "models/demand/abc",
        "abc",
        "trained",
        "",
    )
    assert get_version(catalog, "DEMAND", 1) == added


def test_numbers_ascend_by_model(catalog, now):
    assert [add(catalog, now, model).number for model in ("a", "A", "b", "main.a")] == [1, 2, 1, 3]


def test_two_processes_never_get_the_same_number(catalog_url, now):
    open_catalog(catalog_url).close()
    script = f"""
    from datetime import datetime, UTC
    from penstock.catalog.database import open_catalog
    from penstock.catalog.versions import add_version
    catalog = open_catalog({catalog_url!r})
    for _ in range(20):
        add_version(catalog, model="m", created_at=datetime.now(UTC), run_id=None, definition="",
                    options={{}}, seed=1, metrics={{}}, sources={{}}, packages={{}}, artifact="a",
                    artifact_hash="h")
    """
    processes = [subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)]) for _ in range(2)]
    assert [process.wait() for process in processes] == [0, 0]
    with open_catalog(catalog_url) as catalog:
        assert [version.number for version in list_versions(catalog, "m")] == list(range(1, 41))


def test_a_version_is_found_by_number_text_alias_and_as_champion(catalog, now):
    for _ in range(3):
        add(catalog, now)
    set_alias(catalog, "demand", "champion", 2, now, "first")
    set_alias(catalog, "demand", "Candidate", 3, now, "new")
    found = [get_version(catalog, "demand", asked).number for asked in (1, "3", "champion", "CANDIDATE", None)]
    assert found == [1, 3, 2, 3, 2]


def test_an_unknown_model_names_the_nearest(catalog, now):
    add(catalog, now)
    with pytest.raises(UnknownName, match="Did you mean 'demand'"):
        get_version(catalog, "demnad")


def test_an_unknown_number_says_which_there_are(catalog, now):
    for _ in range(3):
        add(catalog, now)
    with pytest.raises(UnknownName, match="no version 9") as caught:
        get_version(catalog, "demand", 9)
    assert "1 to 3" in str(caught.value)


def test_an_unknown_alias_names_the_nearest(catalog, now):
    add(catalog, now)
    with pytest.raises(UnknownName, match="no alias yet; versions: 1"):
        get_version(catalog, "demand")
    set_alias(catalog, "demand", "champion", 1, now, "first")
    with pytest.raises(UnknownName, match="Did you mean 'champion'"):
        get_version(catalog, "demand", "champoin")


def test_a_promotion_takes_the_candidate_from_the_gate_unless_it_is_newer(catalog, now):
    for _ in range(3):
        add(catalog, now)
    set_alias(catalog, "demand", "candidate", 2, now, "worse")
    promote(catalog, "demand", 1, now, "first")
    assert aliases(catalog, "demand") == {"champion": 1, "candidate": 2}
    promote(catalog, "demand", 2, now, "approved")
    assert aliases(catalog, "demand") == {"champion": 2}
    set_alias(catalog, "demand", "candidate", 2, now, "strange")
    promote(catalog, "demand", 3, now, "better")
    assert aliases(catalog, "demand") == {"champion": 3}
    with pytest.raises(UnknownName, match="No version waits at the gate; version 3 serves"):
        get_version(catalog, "demand", "candidate")


def test_the_newest_version_is_the_one_trained_last(catalog, now):
    assert newest_version(catalog, "demand") is None
    add(catalog, now)
    add(catalog, now)
    set_alias(catalog, "demand", "champion", 1, now, "first")
    assert newest_version(catalog, "Demand") == get_version(catalog, "demand", 2)


def test_status_changes_with_its_reason(catalog, now):
    add(catalog, now)
    set_status(catalog, "demand", 1, "rejected", "worse than the champion")
    assert (get_version(catalog, "demand", 1).status, get_version(catalog, "demand", 1).reason) == (
        "rejected",
        "worse than the champion",
    )
    with pytest.raises(UnknownName):
        set_status(catalog, "demand", 2, "accepted", "")


def test_every_move_of_an_alias_is_remembered_and_staying_is_none(catalog, now):
    add(catalog, now)
    add(catalog, now)
    later = now + timedelta(seconds=1)
    set_alias(catalog, "demand", "champion", 1, now, "first")
    set_alias(catalog, "demand", "champion", 1, later, "again")
    set_alias(catalog, "demand", "champion", 2, later, "better")
    set_alias(catalog, "demand", "champion", None, later, "gone")
    assert alias_history(catalog, "demand") == [
        AliasMove("demand", "champion", None, 1, now, "first"),
        AliasMove("demand", "champion", 1, 2, later, "better"),
        AliasMove("demand", "champion", 2, None, later, "gone"),
    ]
    assert aliases(catalog, "demand") == {}


def test_an_alias_cannot_name_a_version_that_is_not_there(catalog, now):
    add(catalog, now)
    with pytest.raises(UnknownName, match="no version 2"):
        set_alias(catalog, "demand", "champion", 2, now, "")


def test_champions_and_aliases_of_all_models_come_in_one_answer(catalog, now):
    for model in ("a", "B", "c"):
        add(catalog, now, model)
        add(catalog, now, model)
    set_alias(catalog, "a", "champion", 1, now, "")
    set_alias(catalog, "B", "champion", 2, now, "")
    set_alias(catalog, "a", "candidate", 2, now, "")
    assert champions(catalog) == {"a": 1, "b": 2}
    assert aliases_of_all(catalog) == {"a": {"champion": 1, "candidate": 2}, "b": {"champion": 2}}


def test_forgetting_gives_the_artifacts_nobody_else_has_and_never_reuses_a_number(catalog, now):
    add(catalog, now, artifact="one")
    add(catalog, now, artifact="shared")
    add(catalog, now, "other", artifact="shared")
    set_alias(catalog, "demand", "champion", 1, now, "")
    assert forget_versions(catalog, "demand") == ["one"]
    assert list_versions(catalog, "demand") == []
    assert aliases(catalog, "demand") == {}
    assert add(catalog, now).number == 3
    assert [version.model for version in list_versions(catalog)] == ["demand", "other"]
