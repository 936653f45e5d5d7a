"""Numbers that are given out once."""

from __future__ import annotations

from sqlalchemy import Connection

from penstock.catalog.insertion import insert_into
from penstock.catalog.tables import COUNTERS


def next_number(connection: Connection, name: str) -> int:
    """Return the counter's next number, from 1; the counter stays locked until the transaction ends."""
    statement = (
        insert_into(COUNTERS, connection)
        .values(name=name, value=1)
        .on_conflict_do_update(index_elements=["name"], set_={"value": COUNTERS.c.value + 1})
        .returning(COUNTERS.c.value)
    )
    return int(connection.execute(statement).scalar_one())
