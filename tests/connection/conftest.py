"""A passing project with a model and an endpoint, and one to do with as a test likes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import penstock
from penstock.connection import Connection

MADE = """
CREATE TABLE 나무 AS SELECT range AS 키, range * 2.0 AS label FROM range(100);
CREATE MODEL m OPTIONS (model_type = 'linear_reg') AS SELECT * FROM 나무;
CREATE ENDPOINT e ON MODEL m;
"""


@pytest.fixture
def passing() -> Iterator[Connection]:
    with penstock.connect() as connection:
        yield connection


@pytest.fixture(scope="module")
def made() -> Iterator[Connection]:
    """What tests of one module look at and do not change."""
    with penstock.connect() as connection:
        connection.sql(MADE)
        yield connection
