"""What a file is by its first bytes, whatever it is called: a workbook saved as .csv, a page saved as a table."""

from __future__ import annotations

from pathlib import Path

from penstock.core.errors import BadData

ZIP = b"PK\x03\x04"
PARQUET = b"PAR1"
HEAD = 512
# First bytes, what begins with them, and what to do.
KINDS: tuple[tuple[bytes, str, str], ...] = (
    (PARQUET, "a Parquet file", "Give it the suffix .parquet."),
    (b"\x1f\x8b", "gzipped", "Give it the suffix .gz."),
    (b"BZh", "compressed with bzip2", "Unpack it, or use gzip."),
    (b"\xfd7zXZ", "compressed with xz", "Unpack it, or use gzip."),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd", "Unpack it, or use gzip."),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file", "Save it as .xlsx or .csv."),
    (b"%PDF", "a PDF", "Export the table as .csv."),
    (b"\x89PNG", "a picture", "Export the table as .csv."),
    (b"SQLite format 3", "an SQLite database", "Export the table as .csv."),
)
PAGES = (b"<!doctype html", b"<html")


def refuse_other_kinds(path: str, shown: str) -> None:
    """Raise BadData for a file that is no text by its first bytes. `path` is on this machine."""
    with Path(path).open("rb") as stream:
        head = stream.read(HEAD)
    if path.lower().endswith(".gz"):
        return
    if head.startswith(ZIP):
        book = b"[Content_Types].xml" in head
        what, hint = (
            ("an Excel workbook", "Give it the suffix .xlsx.")
            if book
            else ("a zip archive", "Give it the suffix .zip.")
        )
        raise BadData.of(f"{shown} is not text but {what}.", hint=hint)
    for start, what, hint in KINDS:
        if head.startswith(start):
            raise BadData.of(f"{shown} is not text but {what}.", hint=hint)
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(PAGES):
        hint = "A download that asks for a login first often ends like this; look at it in a browser."
        raise BadData.of(f"{shown} is a web page and not a table.", hint=hint)


def refuse_broken_parquet(path: str, shown: str) -> None:
    """Raise BadData for a file that is no Parquet file, or only the beginning of one. `path` is on this machine."""
    size = Path(path).stat().st_size
    with Path(path).open("rb") as stream:
        head = stream.read(len(PARQUET))
        stream.seek(max(size - len(PARQUET), 0))
        tail = stream.read()
    if not size:
        raise BadData.of(f"{shown} is empty.", hint="Was it written to its end?")
    if head != PARQUET:
        raise BadData.of(f"{shown} is not a Parquet file.", hint="Give it the suffix of what it is.")
    if tail != PARQUET or size == len(PARQUET):
        raise BadData.of(f"{shown} is not whole: the end of the Parquet file is missing.", hint="Copy it once more.")
