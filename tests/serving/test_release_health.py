"""What a worker counts of a release, and what it reports of it."""

from __future__ import annotations

import numpy as np
import pytest

from penstock.catalog.endpoint_health import Figures, health_of
from penstock.serving.release_health import comparison
from penstock.serving.row import InvalidRows

ROW = {"기온": 10.0, "weather": "맑음"}


def releasing(place: int = 0, *, outcome: str | None = "number", smoke: bool = False) -> dict[str, object]:
    """What the state of an endpoint says of the release of version 2."""
    return {"tag": f"r.{place}", "version": 2, "champion": 1, "outcome": outcome, "smoke": smoke}


@pytest.fixture
def two(world, demand_files, steeper_files):
    world.add_version("demand", demand_files)
    world.add_version("demand", steeper_files, alias="candidate")


def test_numbers_are_compared_by_their_differences() -> None:
    mine, champions = np.array([1.0, 4.0, 9.0]), np.array([1.0, 2.0, 3.0])
    found = comparison([{"prediction": v} for v in mine], [{"prediction": v} for v in champions], "number")
    assert found == Figures(
        compared=3, gap=float(np.sum((mine - champions) ** 2)), total=6.0, squares=float(np.sum(champions**2))
    )


def test_a_number_that_only_the_new_version_cannot_give_is_a_failure() -> None:
    nothing, one = [{"prediction": None}], [{"prediction": 1.0}]
    assert comparison(nothing, one, "number") == Figures(failed=1)
    assert comparison(one, nothing, "number") == Figures()
    assert comparison(nothing, nothing, "number") == Figures()


def test_classes_are_compared_as_they_are() -> None:
    mine, champions = (
        [{"prediction": v} for v in ("예", "no", True, 1)],
        [{"prediction": v} for v in ("예", "yes", True, 2)],
    )
    assert comparison(mine, champions, "class") == Figures(compared=4, equal=2)


@pytest.mark.usefixtures("two")
def test_each_version_is_counted_apart_and_reported_at_the_next_refresh(world, serve) -> None:
    world.add_endpoint("api", "demand", traffic={"champion": 50, "candidate": 50}, releasing=releasing())
    plane = serve()
    versions = [plane.predict("api", [ROW]).version for _ in range(40)]
    with pytest.raises(InvalidRows):
        plane.predict("api", [{"기온": "hot", "weather": "맑음"}], "one request")
    plane.refresh()
    found = health_of(world.catalog, "api")["r.0"]
    assert {number: sum(figures.times) for number, figures in found.items()} == {
        1: versions.count(1),
        2: versions.count(2),
    }
    assert sum(figures.failed for figures in found.values()) == 1
    assert sum(figures.asked for figures in found.values()) == 41


@pytest.mark.usefixtures("two")
def test_a_shadow_is_counted_and_compared_even_where_nothing_is_logged(world, serve) -> None:
    world.add_endpoint("api", "demand", log=False, shadow="candidate", releasing=releasing())
    plane = serve()
    answer = plane.predict("api", [ROW, {**ROW, "기온": 20.0}])
    plane.score_shadow(answer)
    plane.refresh()
    found = health_of(world.catalog, "api")["r.0"][2]
    assert (found.asked, found.failed, found.compared) == (1, 0, 2)
    # About 5 × 기온 against 2 × 기온.
    assert found.gap == pytest.approx(30.0**2 + 60.0**2, rel=0.01)
    assert plane.lag().segments == 0


@pytest.mark.usefixtures("two")
def test_that_the_new_version_is_loaded_is_told_before_anybody_asks_it(world, serve) -> None:
    world.add_endpoint("api", "demand", releasing=releasing())
    plane = serve()
    assert health_of(world.catalog, "api") == {"r.0": {2: Figures()}}
    assert set(plane.route("api").models) == {1, 2}, "Both stay loaded."


@pytest.mark.usefixtures("two")
def test_a_new_stage_counts_from_nothing_and_the_old_one_is_reported_whole(world, serve) -> None:
    world.add_endpoint("api", "demand", releasing=releasing(0))
    plane = serve()
    plane.predict("api", [ROW])
    world.add_endpoint("api", "demand", releasing=releasing(1))
    plane.refresh()
    plane.predict("api", [ROW])
    plane.refresh()
    found = health_of(world.catalog, "api")
    assert (found["r.0"][1].asked, found["r.1"][1].asked) == (1, 1)


@pytest.mark.usefixtures("two")
def test_an_endpoint_without_a_release_counts_nothing(world, serve) -> None:
    world.add_endpoint("api", "demand")
    plane = serve()
    plane.predict("api", [ROW])
    plane.refresh()
    assert health_of(world.catalog, "api") == {}
    assert plane.route("api").health is None


@pytest.mark.usefixtures("two")
def test_the_past_is_asked_again_once_and_only_what_the_champion_answers_counts(world, serve) -> None:
    world.add_endpoint("api", "demand")
    plane = serve()
    for temperature in range(5):
        plane.predict("api", [{"기온": float(temperature), "weather": None}])
    plane.compact()
    connection = world.lake.connection()
    connection.execute("UPDATE penstock.predictions SET inputs = '{\"weather\": null}' WHERE inputs LIKE '%4.0%'")
    connection.close()
    world.add_endpoint("api", "demand", releasing=releasing(smoke=True))
    plane.refresh()
    plane.refresh()
    found = health_of(world.catalog, "api")["r.0"][2]
    assert (found.asked, found.failed, found.compared, found.times) == (4, 0, 4, ())
