"""What an object is made of, as one hash: the same hash, the same object, and nothing to do."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from penstock.core.names import ResourceName
from penstock.project.resource import Resource
from penstock.sql.canonical import canonical_statement

# Options that say something to people, or when to build, and change nothing in what is built.
NOT_BUILT = frozenset({"description", "owner", "retrain"})


@dataclass(frozen=True, order=True)
class FileMark:
    """A file that a query reads, as it was seen: a changed file has another size or another time."""

    path: str
    size: int
    modified_ns: int


def fingerprint(
    resource: Resource,
    parents: Mapping[ResourceName, str],
    files: Sequence[FileMark] = (),
    extra: Mapping[str, str] | None = None,
) -> str:
    """Return the sha256, in hexadecimal, of everything that the object is made of.

    That is: its statement without regard to whitespace, comments and the case of keywords; its options, in
    any order and without those that build nothing; the fingerprint (or snapshot) of each parent; the files
    that it reads; and whatever else the caller names in `extra`. OR REPLACE and IF NOT EXISTS say how
    to make it, not what it is, and do not count.
    """
    parts = {
        "kind": resource.name.kind,
        "name": resource.name.key,
        "statement": definition(resource),
        "parents": sorted((name.kind, name.key, mark) for name, mark in parents.items()),
        "files": sorted((file.path, file.size, file.modified_ns) for file in files),
        "extra": dict(extra or {}),
    }
    text = json.dumps(parts, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def definition(resource: Resource) -> str:
    """Return the canonical text of a resource's statement, with nothing in it that changes nothing."""
    statement = resource.statement
    options = {key: option for key, option in statement.options.items() if key.lower() not in NOT_BUILT}
    return canonical_statement(replace(statement, options=options))
