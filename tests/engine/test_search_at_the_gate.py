"""A model that a search finds, at the gate and at its retraining."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from penstock.catalog.history import list_history
from penstock.catalog.versions import list_versions
from penstock.engine.loaded_model import load_version
from penstock.engine.recipe import read_recipe

if TYPE_CHECKING:
    from conftest import Work

OpenWork = Callable[..., "Work"]
TABLE = "CREATE TABLE t AS SELECT random() AS a, range AS b, hash(range) % 2 AS label FROM range({});\n"
MODEL = (
    "CREATE MODEL m OPTIONS (model_type = 'automl_classifier', budget_seconds = 10, max_candidates = {}, "
    "derived_features = FALSE, retrain = 'on_new_data') AS SELECT a, b, label FROM t;\n"
    "CREATE GOAL g ON MODEL m ACCEPT WHEN roc_auc >= champion.roc_auc - 1;\n"
)


def test_the_champion_stands_by_what_it_was_itself_judged_by_and_its_candidates_are_tried_first(
    open_work: OpenWork,
) -> None:
    work = open_work({"p.sql": TABLE.format(80) + MODEL.format(2)})
    work.run()
    work.put("p.sql", TABLE.format(90) + MODEL.format(1))
    work.run()
    first, second = list_versions(work.session.catalog, "m")
    (entry,) = [e for e in list_history(work.session.catalog, subject="model m") if "version 2" in e.message]
    # The champion was fitted on most rows that judge the candidate: its score of these would be no measure.
    assert entry.data["champion"] == dict(first.metrics)
    assert read_recipe(second.options).warm_start_from == 1
    boards = [
        load_version(work.session.catalog, work.session.storage, work.session.models, "m", number)[1].details["search"][
            "leaderboard"
        ]
        for number in ("1", "2")
    ]
    winner = max(boards[0], key=lambda row: (row["family"] == "boosted_trees" and row["weight"] > 0, row["weight"]))
    assert [row["values"] for row in boards[1]] == [winner["values"]]
