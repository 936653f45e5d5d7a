"""A real server on a free port, and clients of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest

from penstock.server.body import Limits
from penstock.server.grpc_service import GrpcPort
from penstock.server.run import Intervals, background_server
from penstock.serving.data_plane import DataPlane

ROW = {"기온": 10.0, "weather": "맑음"}
QUICK = Intervals(refresh=0.05, sync=0.05, compact=60.0, drain=5.0)


@pytest.fixture
def demand(world, demand_files) -> None:
    """An endpoint `api` on the first version of the model `demand`."""
    world.add_version("demand", demand_files)
    world.add_endpoint("api", "demand")


@pytest.fixture
def listen() -> Iterator[Callable[..., str]]:
    """Serve a data plane until the end of the test; return the address."""
    with ExitStack() as stack:

        def start(
            plane: DataPlane, limits: Limits | None = None, token: str | None = None, grpc: GrpcPort | None = None
        ) -> str:
            serving = background_server(plane, limits=limits, intervals=QUICK, token=token, grpc=grpc)
            return stack.enter_context(serving)

        yield start


@pytest.fixture(scope="module")
def http(demand_plane) -> Iterator[httpx.Client]:
    """A client of a server with the endpoint `api` that the tests of a module share."""
    with (
        background_server(demand_plane, intervals=QUICK) as address,
        httpx.Client(base_url=address, timeout=60) as client,
    ):
        yield client


@pytest.fixture
def own_http(demand, serve, listen) -> Iterator[httpx.Client]:
    """A client of a server of the test's own, with the endpoint `api`."""
    with httpx.Client(base_url=listen(serve()), timeout=60) as client:
        yield client
