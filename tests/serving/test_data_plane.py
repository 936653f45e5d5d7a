from __future__ import annotations

import threading
from datetime import timedelta

import orjson
import pytest

from penstock.catalog.objects import drop_object
from penstock.catalog.versions import set_alias
from penstock.core.errors import UnknownName
from penstock.core.names import Kind, ResourceName
from penstock.serving.assignment import Wish
from penstock.serving.data_plane import NotReady
from penstock.serving.row import InvalidRows

ROW = {"기온": 10.0, "weather": "맑음"}


def promote(world, model, number, alias="champion"):
    set_alias(world.catalog, model, alias, number, world.clock.now(), "test")


@pytest.fixture
def demand(world, demand_files):
    world.add_version("demand", demand_files)
    world.add_endpoint("api", "demand")


@pytest.mark.usefixtures("demand")
def test_an_answer_says_who_answered_and_is_in_the_log(world, serve):
    plane = serve()
    answer = plane.predict("api", [ROW, {**ROW, "weather": None}], "req-1")
    assert (answer.model, answer.version, answer.variant, answer.request_id) == ("demand", 1, "champion", "req-1")
    assert answer.predictions[0]["prediction"] == pytest.approx(20.0)
    logged = world.logged(plane, "endpoint, request_id, prediction_id, model, version, variant, inputs, outputs")
    assert len(logged) == 2
    for prediction, inputs in zip(answer.predictions, [ROW, {**ROW, "weather": None}], strict=True):
        (found,) = [row for row in logged if row[2] == prediction["prediction_id"]]
        assert found[:2] + found[3:6] == ("api", "req-1", "demand", 1, "champion")
        assert orjson.loads(found[6]) == inputs
        assert orjson.loads(found[7]) == {"prediction": prediction["prediction"]}


@pytest.mark.usefixtures("demand")
def test_prediction_ids_never_repeat_even_for_the_same_request(serve):
    plane = serve()
    ids = [p["prediction_id"] for _ in range(3) for p in plane.predict("api", [ROW] * 3, "same").predictions]
    assert len(set(ids)) == 9


@pytest.mark.usefixtures("demand")
def test_invalid_rows_are_neither_answered_nor_logged(serve):
    plane = serve()
    with pytest.raises(InvalidRows):
        plane.predict("api", [ROW, {"기온": 1}])
    assert plane.lag().segments == 0


@pytest.mark.usefixtures("demand")
def test_an_endpoint_without_log_logs_nothing(world, serve):
    world.add_endpoint("quiet", "demand", log=False)
    plane = serve()
    plane.predict("quiet", [ROW])
    assert plane.lag().segments == 0


@pytest.mark.usefixtures("demand")
def test_an_unknown_endpoint_names_the_nearest(serve):
    with pytest.raises(UnknownName, match="Did you mean 'api'"):
        serve().predict("apj", [ROW])


def test_an_endpoint_without_a_champion_is_not_ready_until_it_has_one(world, serve, demand_files):
    world.add_version("demand", demand_files, alias=None)
    world.add_endpoint("api", "demand")
    plane = serve()
    assert plane.ready() == ["api: no version of model demand was accepted yet"]
    with pytest.raises(NotReady, match="no version"):
        plane.predict("api", [ROW])
    promote(world, "demand", 1)
    plane.refresh()
    assert plane.ready() == []
    assert plane.predict("API", [ROW]).version == 1


@pytest.mark.usefixtures("demand")
def test_a_dropped_endpoint_is_gone(world, serve):
    plane = serve()
    drop_object(world.catalog, ResourceName(Kind.ENDPOINT, "api"))
    plane.refresh()
    with pytest.raises(UnknownName):
        plane.predict("api", [ROW])


@pytest.mark.usefixtures("demand")
def test_promotion_under_load_fails_no_request_and_mixes_none(world, serve, steeper_files):
    plane = serve()
    world.add_version("demand", steeper_files, alias="candidate")
    expected = {1: 20.0, 2: 50.0}
    seen: list[tuple[int, tuple[float, ...]]] = []
    failures: list[BaseException] = []
    stop = threading.Event()

    def hammer():
        while not stop.is_set():
            try:
                answer = plane.predict("api", [ROW] * 3, parsed_json=True)
            except Exception as failure:  # noqa: BLE001
                failures.append(failure)
                return
            seen.append((answer.version, tuple(p["prediction"] for p in answer.predictions)))

    threads = [threading.Thread(target=hammer) for _ in range(8)]
    for thread in threads:
        thread.start()
    for number in (2, 1, 2, 1, 2):
        promote(world, "demand", number)
        before = len(seen)
        plane.refresh()
        while len(seen) < before + 50 and not failures:
            pass
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert {version for version, _ in seen} == {1, 2}
    for version, predictions in seen:
        assert predictions == pytest.approx([expected[version]] * 3)
    assert len(world.logged(plane, "1")) == 3 * len(seen)


@pytest.mark.usefixtures("demand")
def test_a_version_that_does_not_load_leaves_the_old_one_serving(world, serve, steeper_files):
    plane = serve()
    version = world.add_version("demand", steeper_files)
    broken = {**steeper_files, "model.onnx": steeper_files["model.onnx"][:-1] + b"\x00"}
    world.storage.delete(version.artifact)
    world.storage.write(version.artifact, broken)
    plane.refresh()
    assert plane.predict("api", [ROW]).version == 1
    assert plane.ready() == []
    (problem,) = plane.problems()
    assert "not the ones that were recorded" in problem
    promote(world, "demand", 1)
    plane.refresh()
    assert plane.problems() == []


@pytest.mark.usefixtures("demand")
def test_traffic_is_split_and_the_log_names_the_variant(world, serve, steeper_files):
    world.add_version("demand", steeper_files, alias="candidate")
    world.add_endpoint("api", "demand", traffic={"champion": 50, "candidate": 50})
    plane = serve()
    answers = [plane.predict("api", [ROW], f"r{number}") for number in range(60)]
    assert {(answer.variant, answer.version) for answer in answers} == {("champion", 1), ("candidate", 2)}
    again = [plane.predict("api", [ROW], f"r{number}").variant for number in range(60)]
    assert again == [answer.variant for answer in answers]
    counted = dict(world.logged(plane, "variant || '@' || version, 1"))
    assert set(counted) == {"champion@1", "candidate@2"}


@pytest.mark.usefixtures("demand")
def test_a_version_in_service_can_be_asked_for(world, serve, steeper_files):
    world.add_version("demand", steeper_files, alias="candidate")
    world.add_endpoint("api", "demand", traffic={"champion": 100, "candidate": 1})
    plane = serve()
    assert plane.predict("api", [ROW], wish=Wish(version=2)).variant == "candidate"
    with pytest.raises(UnknownName, match="no version 7") as caught:
        plane.predict("api", [ROW], wish=Wish(version=7))
    assert "It has 1, 2" in str(caught.value)


@pytest.mark.usefixtures("demand")
def test_the_shadow_answers_for_the_log_only_under_the_same_ids(world, serve, steeper_files):
    world.add_version("demand", steeper_files, alias="candidate")
    world.add_endpoint("api", "demand", shadow="candidate")
    plane = serve()
    answer = plane.predict("api", [ROW])
    assert answer.version == 1
    plane.score_shadow(answer)
    plane.score_shadow(plane.predict("api", [{**ROW, "기온": float("inf")}]))
    logged = world.logged(plane, "variant, version, prediction_id, outputs->>'$.prediction'")
    ids = answer.predictions[0]["prediction_id"]
    assert len(logged) == 4
    logged = [row for row in logged if row[2] == ids]
    assert [(variant, version, found) for variant, version, found, _ in sorted(logged)] == [
        ("champion", 1, ids),
        ("shadow", 2, ids),
    ]
    assert float(sorted(logged)[1][3]) == pytest.approx(50.0)


@pytest.mark.usefixtures("demand")
def test_a_shadow_with_other_columns_harms_nobody(world, serve, churn_files):
    world.add_version("demand", churn_files, alias="candidate")
    world.add_endpoint("api", "demand", shadow="candidate")
    plane = serve()
    answer = plane.predict("api", [ROW])
    with pytest.raises(InvalidRows):
        plane.score_shadow(answer)
    assert len(world.logged(plane, "1")) == 1


@pytest.mark.usefixtures("demand")
def test_versions_out_of_service_are_let_go(world, serve, steeper_files):
    plane = serve()
    world.add_version("demand", steeper_files)
    plane.refresh()
    assert [number for status in plane.endpoints() for number in status.route.models] == [2]


@pytest.mark.usefixtures("demand")
def test_log_times_are_the_clocks(world, serve):
    plane = serve()
    plane.predict("api", [ROW])
    world.clock.advance(timedelta(days=400))
    plane.predict("api", [ROW])
    (first,), (second,) = world.logged(plane, '"at"')
    assert second - first == timedelta(days=400)
    assert first.utcoffset() == timedelta(0)
