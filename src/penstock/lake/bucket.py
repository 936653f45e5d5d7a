"""Buckets: the s3:// file system, told by the usual variables. Errors never show a key."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlsplit

from penstock.core.errors import StorageFailure

CHECKSUMS = "AWS_REQUEST_CHECKSUM_CALCULATION"


def bucket_filesystem(environment: Mapping[str, str]) -> Any:
    """Return the pyarrow file system for s3://, from AWS_… and AWS_ENDPOINT_URL."""
    from pyarrow import fs

    endpoint = environment.get("AWS_ENDPOINT_URL")
    options: dict[str, Any] = {"connect_timeout": 10, "request_timeout": 60}
    if endpoint:
        parts = urlsplit(endpoint)
        options |= {"endpoint_override": parts.netloc, "scheme": parts.scheme}
    if environment.get("AWS_ACCESS_KEY_ID"):
        options |= {
            "access_key": environment["AWS_ACCESS_KEY_ID"],
            "secret_key": environment.get("AWS_SECRET_ACCESS_KEY", ""),
            "session_token": environment.get("AWS_SESSION_TOKEN"),
        }
    if environment.get("AWS_REGION"):
        options["region"] = environment["AWS_REGION"]
    # Small objects are then one request each.
    options["allow_delayed_open"] = True
    if not endpoint:
        return fs.S3FileSystem(**options)
    with _plain_uploads():
        return fs.S3FileSystem(**options)


@contextmanager
def _plain_uploads() -> Iterator[None]:
    """Make a client built in this block send uploads without trailing checksums, which few servers but Amazon's take.

    The client library takes this setting from the environment alone, and reads it when a client is built.
    """
    before = os.environ.get(CHECKSUMS)
    os.environ.setdefault(CHECKSUMS, "when_required")
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(CHECKSUMS, None)


def list_bucket(filesystem: Any, pattern: str) -> Iterator[tuple[str, int, int]]:
    """Yield address, size and modification time (ns) of the objects that an s3:// pattern matches."""
    from pyarrow import fs

    wanted = pattern.removeprefix("s3://")
    fixed = wanted
    for sign in "*?[":
        fixed = fixed.partition(sign)[0]
    base = fixed.rpartition("/")[0] if fixed != wanted else fixed
    try:
        if fixed == wanted:
            infos = [filesystem.get_file_info(wanted)]
        else:
            infos = filesystem.get_file_info(fs.FileSelector(base, recursive=True, allow_not_found=True))
    except OSError as problem:
        raise StorageFailure.of(f"{pattern} cannot be listed: {problem}", hint="Check the AWS_… variables.") from None
    for info in infos:
        if info.type == fs.FileType.File and (info.path == wanted or _matches(info.path, wanted)):
            yield f"s3://{info.path}", int(info.size), int(info.mtime_ns or 0)


def _matches(path: str, pattern: str) -> bool:
    """Return whether a path matches part by part; `**` stands for any number of parts."""
    return _parts_match(path.split("/"), pattern.split("/"))


def _parts_match(path: list[str], pattern: list[str]) -> bool:
    if not pattern:
        return not path
    if pattern[0] == "**":
        return any(_parts_match(path[index:], pattern[1:]) for index in range(len(path) + 1))
    return bool(path) and fnmatchcase(path[0], pattern[0]) and _parts_match(path[1:], pattern[1:])
