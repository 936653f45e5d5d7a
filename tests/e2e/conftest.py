"""The two worlds that a project lives in: a file and a folder, or Postgres and a bucket."""

from __future__ import annotations

import uuid

import pytest


@pytest.fixture(params=["sqlite and a folder", "postgres and s3"])
def storage_settings(request: pytest.FixtureRequest) -> str:
    """The section [storage] of a `penstock.toml`; the world behind it is empty."""
    if request.param == "sqlite and a folder":
        return "[storage]\n"
    import psycopg

    request.getfixturevalue("s3_environment")
    address = request.getfixturevalue("postgres_address")
    name = f"world_{uuid.uuid4().hex}"
    with psycopg.connect(address, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
    base, _, query = address.partition("?")
    return f'[storage]\ncatalog = "{base.rpartition("/")[0]}/{name}?{query}"\ndata = "s3://bucket/{name}"\n'
