"""Keys are made for what there is, listed without secrets, and end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from penstock.core.errors import InvalidOption, UnknownName
from penstock.engine.api_key import create_key, list_keys, revoke_key

if TYPE_CHECKING:
    from conftest import Work


@pytest.fixture
def work(open_work: Callable[..., Work]) -> Work:
    return open_work({})


def test_a_key_is_listed_without_what_opens(work):
    text = create_key(work.session, "가게", scopes=["predict", "feedback"], rate=5.0, days=30)
    (row,) = list_keys(work.session).to_pylist()
    assert (row["name"], row["may"], row["endpoints"], row["rate"], row["state"]) == (
        "가게",
        "feedback, predict",
        "all",
        5.0,
        "open",
    )
    assert (row["expires_at"] - row["created_at"]).days == 30
    assert text.rpartition("_")[2] not in str(row)
    revoke_key(work.session, "가게")
    assert list_keys(work.session)["state"].to_pylist() == ["revoked"]


def test_what_a_key_cannot_be_for_is_told_with_the_nearest(work):
    with pytest.raises(UnknownName, match="predict"):
        create_key(work.session, "a", scopes=["predic"])
    with pytest.raises(UnknownName, match="endpoint"):
        create_key(work.session, "a", endpoints=["nothing"])
    for wrong in ({"rate": 0.0}, {"days": -1.0}, {"rate": float("nan")}):
        with pytest.raises(InvalidOption, match="above 0"):
            create_key(work.session, "a", **wrong)
    assert list_keys(work.session).num_rows == 0
    with pytest.raises(UnknownName):
        revoke_key(work.session, "a")
