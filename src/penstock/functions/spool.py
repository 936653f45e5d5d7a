"""Rows set aside on disk, so that they can be read again later, from other connections, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from penstock.core.errors import StorageFailure
from penstock.lake.database import ArrowRows


class Spool:
    """A folder of Arrow streams that lives until `close`; it is made when the first one is kept."""

    def __init__(self) -> None:
        self._folder: TemporaryDirectory[str] | None = None
        self._kept = 0

    def keep(self, rows: pa.RecordBatchReader, schema: pa.Schema) -> ArrowRows:
        """Read rows to their end and return them as rows of `schema`; raises StorageFailure for a full
        disk.
        """
        try:
            path = self._path()
            options = pa.ipc.IpcWriteOptions(compression="lz4")
            with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, rows.schema, options=options) as out:
                for batch in rows:
                    out.write_batch(batch)
        except OSError as problem:
            raise StorageFailure.of(f"Rows cannot be set aside on disk: {problem.strerror or problem}.") from problem
        return ArrowRows(schema, lambda: _read(path))

    def close(self) -> None:
        """Remove everything that was kept."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _path(self) -> Path:
        if self._folder is None:
            self._folder = TemporaryDirectory(prefix="penstock-")
        self._kept += 1
        return Path(self._folder.name) / f"{self._kept}.arrows"


def _read(path: Path) -> Iterator[pa.RecordBatch]:
    with pa.OSFile(str(path), "rb") as source, pa.ipc.open_stream(source) as stream:
        yield from stream
