"""Related features count what had arrived before a row's moment, and nothing else."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from penstock.core.related_table import RelatedTable
from penstock.functions.related_rows import feature_expression, with_related_features
from penstock.lake.database import ArrowRows, Connection, open_lake
from penstock.learn.related_feature import RELATED, RelatedFeature, RelatedFeatures, planned, related_of
from penstock.sql.quoting import quote_identifier, quote_name

START = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
SOME = planned(
    "asked_at",
    [RelatedTable("orders", "customer", "at", "customer", windows=(7, 30))],
    [
        pa.schema(
            [("customer", pa.int64()), ("at", pa.timestamp("us")), ("amount", pa.float64()), ("상태", pa.string())]
        )
    ],
    [],
)


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    lake = open_lake(None)
    opened = lake.connection()
    yield opened
    opened.close()
    lake.close()


def put(connection: Connection, name: str, table: pa.Table) -> None:
    connection.register("given_rows", ArrowRows(table.schema, lambda: iter(table.to_batches())))
    connection.execute(f"CREATE OR REPLACE TABLE {quote_name(name)} AS SELECT * FROM given_rows")
    connection.unregister("given_rows")


def computed(connection: Connection, related: RelatedFeatures, rows: str = "SELECT * FROM asked") -> pa.Table:
    return connection.table(with_related_features(rows, related, quote_name))


@dataclass(frozen=True)
class History:
    """Events and askings of a few customers at half days of a week, so that moments often coincide; hours since then.

    A delay below zero is an arrival that was written down before the event.
    """

    events: list[dict[str, Any]]
    askings: list[dict[str, Any]]

    @classmethod
    def of(cls, seed: int) -> History:
        random = np.random.default_rng(seed)

        def some(values: list[Any]) -> Any:
            return None if random.random() < 0.1 else values[random.integers(len(values))]

        events = [
            {
                "customer": some([0, 1]),
                "at": some([12 * half for half in range(15)]),
                "delay": some([-12, 0, 0, 12, 24, 36]),
                "amount": some([1.5, -2.25, 8.0, math.nan, math.inf]),
                "상태": some(["a", "사과", ""]),
            }
            for _ in range(40)
        ]
        asked = [12 * half for half in range(17)]
        return cls(events, [{"customer": some([0, 1, 2]), "asked_at": some(asked)} for _ in range(16)])


MICROS, SEOUL, NANOS, DATE = pa.timestamp("us"), pa.timestamp("us", "Asia/Seoul"), pa.timestamp("ns"), pa.date32()
KINDS = list(product([MICROS, SEOUL, DATE], [None, NANOS, DATE], [MICROS, SEOUL, DATE]))


def moment(hour: int | None, kind: pa.DataType) -> datetime.datetime | None:
    """What a column of the kind holds of an hour."""
    if hour is None:
        return None
    found = START + datetime.timedelta(hours=hour)
    return found.replace(hour=0) if pa.types.is_date(kind) else found


def end(at: datetime.datetime | None, kind: pa.DataType) -> datetime.datetime | None:
    return at + DAY - datetime.timedelta(microseconds=1) if at and pa.types.is_date(kind) else at


def column(moments: list[datetime.datetime | None], kind: pa.DataType) -> pa.Array:
    if pa.types.is_date(kind):
        return pa.array([at and at.date() for at in moments], kind)
    return pa.array([at if at is None or kind.tz else at.replace(tzinfo=None) for at in moments], kind)


def by_hand(feature: RelatedFeature, key: int | None, at: datetime.datetime | None, seen: list[dict]) -> object:
    """The feature of one row by a walk over all events, each with when it began, happened and was known."""
    if key is None or at is None:
        return None
    own = [
        event
        for event in seen
        if event["customer"] == key
        and event["happened"] is not None
        and event["known"] is not None
        and event["happened"] < at
        and event["known"] < at
        and (feature.days is None or event["happened"] >= at - feature.days * DAY)
    ]
    if feature.aggregate == "count":
        return len(own)
    if feature.aggregate == "days_since_last":
        return (at - max(event["began"] for event in own)) / DAY if own else None
    held = [(event["happened"], event[feature.column]) for event in own if event[feature.column] is not None]
    held = [(when, value) for when, value in held if isinstance(value, str) or math.isfinite(value)]
    values = [value for _, value in held]
    match feature.aggregate:
        case "sum":
            return sum(values)
        case "distinct":
            return len(set(values))
        case "last":
            return max(held)[1] if held else None
        case "mean":
            return sum(values) / len(values) if values else None
        case "min":
            return min(values, default=None)
        case _:
            return max(values, default=None)


@pytest.mark.parametrize(("seed", "kinds"), list(enumerate(KINDS)))
def test_nothing_counts_that_had_not_arrived(connection, seed, kinds):
    event_kind, arrival_kind, asked_kind = kinds
    history = History.of(seed)
    events, askings = history.events, history.askings
    began = [moment(event["at"], event_kind) for event in events]
    late = [None if event["at"] is None or event["delay"] is None else event["at"] + event["delay"] for event in events]
    arrived = [moment(hour, arrival_kind) if arrival_kind else None for hour in late]
    seen = [
        {
            **event,
            "began": at,
            "happened": at if arrival_kind else end(at, event_kind),
            "known": end(arrival, arrival_kind) if arrival_kind else end(at, event_kind),
        }
        for event, at, arrival in zip(events, began, arrived, strict=True)
    ]
    orders = pa.table(
        {
            "customer": pa.array([event["customer"] for event in events], pa.int64()),
            "at": column(began, event_kind),
            "arrived": column(arrived, arrival_kind or pa.timestamp("us")),
            "amount": pa.array([event["amount"] for event in events], pa.float64()),
            "상태": pa.array([event["상태"] for event in events], pa.string()),
        }
    )
    asked_at = [moment(row["asked_at"], asked_kind) for row in askings]
    asked = pa.table(
        {
            "n": pa.array(range(len(askings)), pa.int64()),
            "value_0": pa.array(range(len(askings)), pa.int64()),
            "customer": pa.array([row["customer"] for row in askings], pa.int64()),
            "asked_at": column(asked_at, asked_kind),
        }
    )
    put(connection, "orders", orders)
    put(connection, "asked", asked)
    table = RelatedTable("orders", "customer", "at", "customer", "arrived" if arrival_kind else None, (1, 3))
    known = orders.schema if arrival_kind else orders.drop_columns(["arrived"]).schema
    related = planned("asked_at", [table], [known], asked.column_names)
    found = computed(connection, related)
    assert found.select(["n", "customer"]).to_pylist() == asked.select(["n", "customer"]).to_pylist()
    expressions = ", ".join(
        f"{feature_expression(each, 'asked_at')} AS f{number}" for number, each in enumerate(related.features)
    )
    alone = connection.table(f"SELECT {expressions} FROM asked AS rows ORDER BY n")
    for number, feature in enumerate(related.features):
        wanted = [by_hand(feature, row["customer"], at, seen) for row, at in zip(askings, asked_at, strict=True)]
        for values in (found.column(feature.name).to_pylist(), alone.column(number).to_pylist()):
            exact = [value if isinstance(value, str | None) else pytest.approx(value, abs=1e-9) for value in wanted]
            assert values == exact, feature


def test_no_rows_and_no_related_rows_are_ordinary(connection):
    put(connection, "orders", pa.table({"customer": [1], "at": [START], "amount": [1.0], "상태": ["a"]}).slice(1))
    rows = "SELECT 1 AS customer, TIMESTAMP '2024-01-02' AS asked_at"
    names = ["orders_count", "orders_amount_sum", "orders_amount_max"]
    (found,) = computed(connection, SOME, rows).select(names).to_pylist()
    assert found == {"orders_count": 0, "orders_amount_sum": 0.0, "orders_amount_max": None}
    assert computed(connection, SOME, f"{rows} WHERE FALSE").num_rows == 0


def test_rows_are_neither_lost_nor_multiplied_and_keep_their_order(connection):
    many = pa.table({"customer": pa.array([1] * 50, pa.int64()), "at": [datetime.datetime(2024, 1, 1)] * 50})
    put(connection, "orders", many.append_column("amount", pa.array([1.0] * 50)).append_column("상태", [["a"] * 50]))
    rows = "SELECT 9 - i AS n, i % 2 AS customer, TIMESTAMP '2024-01-02' AS asked_at FROM range(10) AS t (i)"
    found = computed(connection, SOME, rows)
    assert found.column("n").to_pylist() == list(range(9, -1, -1))
    assert found.column("orders_count").to_pylist() == [0, 50] * 5


def test_a_table_may_be_related_to_itself_whatever_it_is_called(connection):
    for name in ("asked", "rows", "related", "event", "timeline", "penstock_row"):
        put(connection, name, pa.table({"who": [1, 1, 1], "at": [datetime.date(2024, 1, day) for day in (3, 1, 2)]}))
        table = RelatedTable(name, "who", "at", "who", windows=(1,))
        related = planned("at", [table], [connection.columns(f"FROM {quote_name(name)}")], ["who", "at"])
        found = computed(connection, related, f"SELECT * FROM {quote_name(name)}")
        assert found.column(f"{name}_count").to_pylist() == [2, 0, 1]
        assert found.column(f"{name}_count_1d").to_pylist() == [1, 0, 1]
        assert found.column(f"{name}_days_since_last").to_pylist() == [1.0, None, 1.0]


def test_what_is_undated_is_of_now(connection):
    put(
        connection,
        "orders",
        connection.table(
            "SELECT 1::BIGINT AS customer, now() + i * INTERVAL 1 HOUR AS at, 1.0::DOUBLE AS amount, 'a' AS 상태 "
            "FROM (VALUES (-1), (1)) AS t (i)"
        ),
    )
    found = connection.table(with_related_features("SELECT 1 AS customer", SOME, quote_name, dated=False))
    assert found.column("orders_count_7d").to_pylist() == [1]


def test_names_say_what_a_feature_is_and_are_no_others():
    by_user = RelatedTable("shop.ratings", "user", "at", "user_id", windows=(30,))
    by_film = RelatedTable("shop.ratings", "film", "at", "film", windows=(30,))
    schema = pa.schema(
        [("user", pa.int64()), ("film", pa.int64()), ("at", pa.date32()), ("score", pa.decimal128(4, 1))]
    )
    names = [
        feature.name
        for feature in planned("t", [by_user, by_film], [schema, schema], ["RATINGS_BY_FILM_COUNT"]).features
    ]
    assert {"ratings_by_user_score_mean_30d", "ratings_by_film_count_2"} <= set(names)
    # What names a thing is not summed.
    assert [name for name in names if "film_user" in name] == [
        "ratings_by_film_user_distinct",
        "ratings_by_film_user_distinct_30d",
    ]
    assert len({name.casefold() for name in names}) == len(names)
    alone = planned("t", [by_user], [schema.append(pa.field("orderNo", pa.int64()))], []).features
    assert {each.aggregate for each in alone if each.column == "orderNo"} == {"distinct"}
    assert [each.name for each in alone][:3] == ["ratings_count", "ratings_count_30d", "ratings_days_since_last"]


def test_they_travel_as_json():
    assert related_of({RELATED: SOME.as_json()}) == SOME
    assert related_of({}) is None


def test_quotation_marks_in_names_stay_in_names(connection):
    table = RelatedTable('or"ders', 'the "key"', 'a"t', 'k"', windows=(7,))
    put(connection, 'or"ders', pa.table({'the "key"': [1], 'a"t': [datetime.datetime(2024, 1, 1)], 'x"y': [2]}))
    related = planned('t"', [table], [connection.columns('FROM "or""ders"')], [])
    rows = f"SELECT 1 AS {quote_identifier(table.row_key)}, TIMESTAMP '2024-01-03' AS {quote_identifier(related.time)}"
    found = connection.table(with_related_features(rows, related, quote_name))
    assert found.column('or"ders_x"y_sum_7d').to_pylist() == [2.0]
    assert found.column('or"ders_days_since_last').to_pylist() == [2.0]


def test_real_ratings_are_counted_as_numpy_does(connection, shared_data):
    path = shared_data("movielens-latest-small") / "ratings.csv.gz"
    connection.execute(
        'CREATE OR REPLACE TABLE ratings AS SELECT "userId", "movieId", rating, timestamp, '
        f"to_timestamp(timestamp) AS at FROM read_csv('{path}')"
    )
    table = RelatedTable("ratings", "movieId", "at", "movieId", windows=(365,))
    planned_features = planned("at", [table], [connection.columns("FROM ratings")], [])
    names = ["ratings_count_365d", "ratings_rating_mean", "ratings_userId_distinct"]
    found = computed(connection, planned_features.only(names), "SELECT * FROM ratings")
    film, at, rating = (found.column(name).to_numpy() for name in ("movieId", "timestamp", "rating"))
    for row in np.random.default_rng(1).choice(len(film), 300, replace=False):
        own = (film == film[row]) & (at < at[row])
        assert found.column(names[0])[row].as_py() == np.count_nonzero(own & (at >= at[row] - 365 * 86_400))
        mean = found.column(names[1])[row].as_py()
        assert mean == (pytest.approx(rating[own].mean()) if own.any() else None)
        # Nobody rates a film twice.
        assert found.column(names[2])[row].as_py() == np.count_nonzero(own)
