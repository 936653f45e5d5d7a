"""What things are called: kinds, resource names, and the nearest known name to a mistyped one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """A kind of object that a project declares."""

    TABLE = "table"
    VIEW = "view"
    ASSERTION = "assertion"
    MODEL = "model"
    GOAL = "goal"
    ENDPOINT = "endpoint"
    MONITOR = "monitor"
    TRIGGER = "trigger"


@dataclass(frozen=True, order=True)
class ResourceName:
    """The identity of an object: its kind and its name as written, `schema.name` or just `name`.

    Names compare without regard to case, as DuckDB's identifiers do; tables, views and models share one namespace.
    """

    kind: Kind
    name: str

    @property
    def key(self) -> str:
        """The name as it is compared and looked up."""
        return name_key(self.name)

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


def name_key(name: str) -> str:
    """Return the form under which a name is looked up: case folded, the default schema `main` dropped."""
    return name.casefold().removeprefix("main.")


def nearest_name(name: str, known: Iterable[str]) -> str | None:
    """Return the known name most like `name`, or None when nothing is close enough to suggest."""
    by_key = {candidate.casefold(): candidate for candidate in known}
    matches = difflib.get_close_matches(name.casefold(), by_key, n=1, cutoff=0.6)
    return by_key[matches[0]] if matches else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a hint sentence for an unknown name: the nearest one, or the list of what there is."""
    known = sorted(set(known))
    nearest = nearest_name(name, known)
    if nearest is not None:
        return f"Did you mean {nearest!r}?"
    if not known:
        return "There is none yet."
    shown = ", ".join(known[:8])
    return f"Known: {shown}{', …' if len(known) > 8 else ''}."
