from __future__ import annotations

import subprocess
import sys
import textwrap
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from penstock.catalog.database import open_catalog
from penstock.catalog.objects import (
    ObjectState,
    drop_object,
    get_object,
    list_objects,
    put_object,
    update_state,
)
from penstock.core.errors import UnknownName
from penstock.core.names import Kind, ResourceName


def table(name="sales.hours", **state):
    return ObjectState(
        ResourceName(Kind.TABLE, name),
        "CREATE TABLE …",
        "f1",
        2**40,
        state,
        datetime(2026, 1, 1, tzinfo=timezone.utc),  # noqa: UP017
    )


def test_an_object_comes_back_as_it_was_put(catalog):
    put_object(catalog, table("매출.시간", rows=3, nested={"a": [1, None, "값"]}))
    assert get_object(catalog, ResourceName(Kind.TABLE, "매출.시간")) == table(
        "매출.시간", rows=3, nested={"a": [1, None, "값"]}
    )


def test_names_match_without_regard_to_case_or_the_main_schema(catalog):
    put_object(catalog, table("Hours"))
    assert get_object(catalog, ResourceName(Kind.TABLE, "MAIN.hours")) == table("Hours")


def test_kinds_are_apart(catalog):
    put_object(catalog, table("x"))
    assert get_object(catalog, ResourceName(Kind.VIEW, "x")) is None


def test_putting_again_replaces(catalog):
    put_object(catalog, table(a=1))
    put_object(catalog, replace(table(b=2), snapshot=None, fingerprint="f2"))
    assert [(found.fingerprint, found.snapshot, found.state) for found in list_objects(catalog)] == [
        ("f2", None, {"b": 2})
    ]


def test_a_moment_in_another_zone_comes_back_as_the_same_moment(catalog):
    at = datetime(2026, 7, 1, 12, tzinfo=timezone(timedelta(hours=9)))
    put_object(catalog, replace(table(), updated_at=at))
    found = get_object(catalog, table().name)
    assert found.updated_at == at
    assert found.updated_at.utcoffset() == timedelta(0)


def test_a_moment_without_a_zone_is_refused(catalog):
    with pytest.raises(Exception, match="no time zone"):
        put_object(catalog, replace(table(), updated_at=datetime(2026, 1, 1)))


def test_nan_and_infinities_become_null(catalog):
    put_object(catalog, table(a=float("nan"), b=[float("inf")]))
    assert get_object(catalog, table().name).state == {"a": None, "b": [None]}


def test_listing_is_by_kind_and_name(catalog):
    view = replace(table(), name=ResourceName(Kind.VIEW, "a"))
    for state in (view, table("b"), table("A")):
        put_object(catalog, state)
    assert [str(found.name) for found in list_objects(catalog)] == ["table A", "table b", "view a"]
    assert [str(found.name) for found in list_objects(catalog, Kind.VIEW)] == ["view a"]


def test_dropping_says_whether_there_was_one(catalog):
    put_object(catalog, table())
    assert drop_object(catalog, table().name) is True
    assert drop_object(catalog, table().name) is False
    assert list_objects(catalog) == []


def test_updating_an_unknown_object_names_the_nearest(catalog, now):
    put_object(catalog, table("hours"))
    with pytest.raises(UnknownName, match="Did you mean 'hours'"):
        update_state(catalog, ResourceName(Kind.TABLE, "hour"), dict, now)


def test_updates_from_two_processes_lose_nothing(catalog_url, now):
    with open_catalog(catalog_url) as catalog:
        put_object(catalog, table(count=0))
        script = f"""
        from datetime import datetime, UTC
        from penstock.catalog.database import open_catalog
        from penstock.catalog.objects import update_state
        from penstock.core.names import Kind, ResourceName
        catalog = open_catalog({catalog_url!r})
        for _ in range(25):
            update_state(catalog, ResourceName(Kind.TABLE, "sales.hours"),
                         lambda state: {{"count": state["count"] + 1}}, datetime.now(UTC))
        """
        processes = [subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)]) for _ in range(2)]
        assert [process.wait() for process in processes] == [0, 0]
        assert get_object(catalog, table().name).state == {"count": 50}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.dictionaries(st.text(), JSON, max_size=4))
def test_any_json_state_comes_back_equal(catalog, state):
    put_object(catalog, table())
    changed = update_state(catalog, table().name, lambda _: state, datetime(2026, 1, 1, tzinfo=timezone.utc))  # noqa: UP017
    assert changed.state == state
