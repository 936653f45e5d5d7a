"""A model with relations: trained, asked, explained, judged beside its champion, trained again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from penstock.catalog.history import list_history
from penstock.catalog.versions import list_versions
from penstock.core.errors import UserError
from penstock.engine.loaded_model import load_version
from penstock.engine.monitor import evaluate_monitor
from penstock.engine.reproduction import reproduce
from penstock.learn.related_feature import related_of
from penstock.project.monitor import MonitorSpec
from penstock.serving.data_plane import open_data_plane

if TYPE_CHECKING:
    from conftest import Work

OpenWork = Callable[..., "Work"]
ORDERS = """
CREATE TABLE orders AS
SELECT (hash(i) % 90)::INTEGER AS 고객,
       TIMESTAMP '2024-01-01' + to_minutes((hash(i * 7) % 250000)::BIGINT) AS "주문 시각",
       (hash(i * 3) % 100)::INTEGER AS amount
FROM range({}) AS t (i);
"""
ASKED = """
CREATE TABLE asked AS
SELECT asked.*, max(age) + coalesce(sum(amount), 0) > 80 AS label
FROM (SELECT i AS id, (hash(i * 11) % 95)::INTEGER AS customer, (hash(i * 5) % 30)::INTEGER AS age,
             DATE '2024-03-01' + (hash(i * 13) % 100)::INTEGER AS asked_at FROM range(240) AS t (i)) AS asked
LEFT JOIN orders ON 고객 = customer AND "주문 시각" < asked_at AND "주문 시각" >= asked_at - INTERVAL 30 DAY
GROUP BY ALL;
"""
MODEL = """
CREATE MODEL m OPTIONS (
    model_type = 'automl_classifier', max_candidates = 1, derived_features = FALSE, budget_seconds = 30,
    relations = [
        STRUCT('orders' AS table, '고객' AS key, 'customer' AS row_key, '주문 시각' AS event_time, [30] AS windows)
    ],
    time_col = 'asked_at', retrain = 'on_new_data'{})
AS SELECT customer, asked_at, age, label FROM asked;
"""
SERVED = "CREATE ENDPOINT e ON MODEL m;CREATE MONITOR w ON ENDPOINT e OPTIONS (min_rows = 5) BREACH WHEN max_psi > 0.2;"


def model_of(work: Work, number: str | None = None):
    return load_version(work.session.catalog, work.session.storage, work.session.models, "m", number)[1]


def test_predictions_look_at_the_lake_up_to_the_moment_of_each_row(open_work: OpenWork) -> None:
    work = open_work({"p.sql": ORDERS.format(700) + ASKED + MODEL.format("")})
    work.run()
    assert "features made of orders, " in work.notices
    model = model_of(work)
    names = [feature.name for feature in model.manifest.features]
    assert "orders_amount_sum_30d" in names
    assert not {"customer", "asked_at"} & set(names)
    assert [name for (name,) in work.rows("SELECT input FROM ML.FEATURE_INFO(MODEL m)")] == names
    ((auc,),) = work.rows("SELECT roc_auc FROM ML.EVALUATE(MODEL m, TABLE asked)")
    assert auc > 0.95
    asked = "(SELECT * FROM asked ORDER BY id)"
    predicted = work.sql(f"SELECT * FROM ML.PREDICT(MODEL m, {asked})").table()
    assert predicted.column_names == [
        "predicted_label",
        "predicted_label_probs",
        "id",
        "customer",
        "age",
        "asked_at",
        "label",
    ]
    told = {(section, name): value for section, name, value in work.rows("DESCRIBE MODEL m")}
    assert str(told["relation", "orders"]).startswith("what had arrived of a customer before asked_at: ")
    # What is given is taken as it is, and gives the same.
    ((query,),) = work.rows(f"SELECT DISTINCT query FROM ML.FEATURE_SQL(MODEL m, {asked})")
    given = work.sql(f"SELECT * EXCLUDE (customer) FROM ({query})").table()
    assert given.num_rows == 240
    again = work.sql(f"SELECT * FROM ML.PREDICT(MODEL m, (SELECT * EXCLUDE (customer) FROM ({query})))").table()
    assert again.column("predicted_label_probs") == predicted.column("predicted_label_probs")
    some = f"SELECT * EXCLUDE (orders_amount_sum_30d) FROM ({query})"
    again = work.sql(f"SELECT * FROM ML.PREDICT(MODEL m, ({some}))").table()
    assert again.column("predicted_label_probs") == predicted.column("predicted_label_probs")
    assert "orders_amount_sum_30d" not in again.column_names
    # What comes later changes nothing; what came before does.
    before = "SELECT * FROM ML.PREDICT(MODEL m, (SELECT 1000 AS customer, 20 AS age, DATE '2024-05-01' AS asked_at))"
    (first,) = work.rows(before)
    work.sql("INSERT INTO orders VALUES (1000, '2024-05-01 00:00:00', 99)")
    assert work.rows(before) == [first]
    work.sql("INSERT INTO orders VALUES (1000, '2024-04-30 23:59:59', 99)")
    (then,) = work.rows(before)
    assert (first[0], then[0]) == (False, True)
    explained = before.replace("SELECT *", "SELECT top_feature_attributions[1].feature")
    ((top,),) = work.rows(explained.replace("PREDICT", "EXPLAIN_PREDICT"))
    assert str(top).startswith("orders_")
    with pytest.raises(UserError, match="no column 'customer', by which model m finds the rows of orders"):
        work.rows("SELECT * FROM ML.PREDICT(MODEL m, (SELECT 20 AS age))")
    with pytest.raises(UserError, match="which is no time"):
        work.rows("SELECT * FROM ML.PREDICT(MODEL m, (SELECT 1 AS customer, 20 AS age, 'x' AS asked_at))")
    work.heard.clear()
    work.rows("SELECT * FROM ML.PREDICT(MODEL m, (SELECT 1 AS customer, 20 AS age))")
    assert "The data has no column 'asked_at': what is known now counts." in work.notices


def test_an_endpoint_is_asked_by_key_and_moment(open_work: OpenWork) -> None:
    work = open_work({"p.sql": ORDERS.format(700) + ASKED + MODEL.format("") + SERVED})
    work.run()
    session = work.session
    plane = open_data_plane(session.catalog, session.lake, session.storage, session.settings, work.clock)
    assert [feature.name for feature in plane.route("e").main.reader.features] == ["asked_at", "customer", "age"]
    inputs = [name for section, name, _ in work.rows("DESCRIBE ENDPOINT e") if section == "input"]
    assert inputs == ["asked_at", "customer", "age"]
    rows = [{"customer": n, "asked_at": f"2024-04-{n + 1:02}", "age": 3 * n} for n in range(9)]
    answered = [row["probabilities"]["true"] for row in plane.predict("e", rows).predictions]
    listed = ", ".join(f"({n}, DATE '2024-04-{n + 1:02}', {3 * n})" for n in range(9))
    predicted = work.rows(
        "SELECT predicted_label_probs[1].prob FROM "
        f"ML.PREDICT(MODEL m, (SELECT * FROM (VALUES {listed}) AS t (customer, asked_at, age)))"
    )
    assert answered == pytest.approx([value for (value,) in predicted], abs=1e-9)
    assert len(set(answered)) > 3
    (now,) = plane.predict("e", [{"customer": None, "asked_at": None, "age": 3}]).predictions
    assert now["prediction"] is False
    with pytest.raises(UserError, match="has no column 'customer'"):
        plane.predict("e", [{"asked_at": None, "age": 3}])
    # What is computed is logged, so that a monitor can compare it with the training.
    plane.compact()
    ((inputs,),) = work.rows("SELECT any_value(inputs) FROM penstock.predictions")
    assert "orders_amount_sum_30d" in str(inputs)
    graph = work.graph()
    (monitor,) = [found.spec for found in graph.resources.values() if isinstance(found.spec, MonitorSpec)]
    found = evaluate_monitor(session, graph, monitor)
    assert found is not None and found.measures["max_psi"] is not None
    assert found.measures["null_rate"] < 0.2
    with pytest.raises(UserError, match="others stand on it: table asked, model m, endpoint e"):
        work.sql("DROP TABLE orders")
    work.session.connection.execute("DROP TABLE orders")
    with pytest.raises(UserError, match="The model counts rows of orders, which the lake has not"):
        plane.predict("e", rows)
    plane.close()


def test_new_rows_of_a_related_table_train_again_and_the_champion_is_judged_on_the_same_rows(
    open_work: OpenWork,
) -> None:
    goal = "CREATE GOAL g ON MODEL m OPTIONS (time_column = 'id') ACCEPT WHEN roc_auc >= champion.roc_auc - 1;"
    more = MODEL.format("").replace("SELECT customer", "SELECT id, customer")
    work = open_work({"p.sql": ORDERS.format(700) + ASKED + more + goal})
    work.run()
    (first,) = list_versions(work.session.catalog, "m")
    assert {"orders", "asked"} <= set(first.sources)
    assert reproduce(work.session, "m", "1").same
    work.put("p.sql", ORDERS.format(720) + ASKED + more + goal)
    work.run()
    second = list_versions(work.session.catalog, "m")[1]
    (entry,) = [e for e in list_history(work.session.catalog, subject="model m") if "version 2" in e.message]
    assert entry.data["champion"]["roc_auc"] is not None
    assert second.sources["orders"] != first.sources["orders"]
    assert related_of(model_of(work, "2").details) is not None


def test_a_view_of_a_file_is_a_related_table(open_work: OpenWork) -> None:
    lines = ["고객,주문 시각,amount", *(f"{n % 40},2024-02-{1 + n % 28:02},{(n * 37) % 100}" for n in range(200))]
    more = ", ".join(f"amount + {n} AS more_{n}" for n in range(13))
    view = f"CREATE VIEW orders AS SELECT *, {more} FROM 'orders.csv';"
    work = open_work({"orders.csv": "\n".join(lines), "p.sql": view + ASKED + MODEL.format("")})
    work.run()
    ((count,),) = work.rows("SELECT count(*) FROM ML.PREDICT(MODEL m, TABLE asked)")
    assert count == 240
    assert "Of the 14 columns of orders the first 12 are aggregated" in work.notices
    assert "Left out: more_11, more_12." in work.notices


SLIPS = (
    ("'orders' AS table", "'ordres' AS table", "Did you mean 'orders'"),
    ("'고객' AS key", "'손님' AS key", "There is no key column of orders '손님'"),
    ("'customer' AS row_key", "'customr' AS row_key", "Did you mean 'customer'"),
    ("'주문 시각' AS event_time", "'amount' AS event_time", "which is no time"),
    ("'customer' AS row_key", "'asked_at' AS row_key", "they never meet"),
    (", time_col = 'asked_at'", "", "needs the moment of each row"),
    ("time_col = 'asked_at'", "time_col = 'askd_at'", "Did you mean 'asked_at'"),
    ("CREATE MODEL m", "CREATE MODEL m TRANSFORM (age + 1 AS age, label)", "exclude each other"),
    ("'automl_classifier'", "'boosted_tree_classifier'", "There is no option 'relations'"),
)


def test_slips_are_told(open_work: OpenWork) -> None:
    work = open_work({"p.sql": ORDERS.format(20) + ASKED})
    work.run()
    usual = MODEL.format("").replace("max_candidates = 1, derived_features = FALSE, budget_seconds = 30,", "")
    for written, slip, told in SLIPS:
        assert written in " ".join(usual.split())
        with pytest.raises(UserError) as caught:
            work.sql(" ".join(usual.split()).replace(written, slip))
        assert told in str(caught.value)
