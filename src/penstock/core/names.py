"""What things are called: kinds, resource names, and the nearest known name to a mistyped one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

# In bytes; what is written there first, or is about to be deleted, has a longer name for a moment.
_LONGEST_FOLDER = 180


class Kind(StrEnum):
    """A kind of object that a project declares."""

    TABLE = "table"
    VIEW = "view"
    ASSERTION = "assertion"
    MODEL = "model"
    GOAL = "goal"
    ENDPOINT = "endpoint"
    MONITOR = "monitor"
    EXPERIMENT = "experiment"
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


def folder_name(name: str) -> str:
    """Return what the folder of an object is called: its name, or of one that is no name of a folder (file systems
    take 255 bytes, of Korean letters 85), its beginning and a hash.
    """
    if len(name.encode()) <= _LONGEST_FOLDER and "/" not in name and name not in (".", ".."):
        return name
    return f"{name[:20].replace('/', '_')}-{sha256(name.encode()).hexdigest()[:32]}"


def nearest_name(name: str, known: Iterable[str]) -> str | None:
    """Return the known name most like `name`, or None when none is so near that one is a slip for the other.

    Near are names that differ by one letter in three at most (left out, put in, changed, two swapped), and names of
    which one is a part of the other, `hours` and `raw.hours`, or short for it, `cnt` and `count`.
    """
    wanted = name.casefold()
    near = []
    for candidate in dict.fromkeys(known):
        folded = candidate.casefold()
        short, long = sorted((wanted, folded), key=len)
        if _is_part(short, long) or _is_short_for(short, long) or _is_slip(short, long):
            near.append((_slips(wanted, folded), folded[:1] != wanted[:1], candidate))
    return min(near)[2] if near else None


def _is_slip(short: str, long: str) -> bool:
    # Of two letters, one that is another makes a different name: x1 and x2, hr and yr.
    most = max(len(long) // 3, len(long) - len(short) == 1)
    return len(long) - len(short) <= most and _slips(short, long) <= most


def _is_part(short: str, long: str) -> bool:
    return any(long.endswith(sign + short) or long.startswith(short + sign) for sign in "._- ")


def _is_short_for(short: str, long: str) -> bool:
    """Return whether letters were left out inside a name, half of them at most."""
    if len(short) < 2 or 2 * len(short) < len(long) or short[0] != long[0] or short[-1] != long[-1]:
        return False
    letters = iter(long)
    return all(letter in letters for letter in short)


def _slips(name: str, other: str) -> int:
    """Return how many letters must be put in, left out, changed or swapped with the next (Damerau's distance between
    strings, each place touched once).
    """
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(name, 1):
        now = [row]
        for column, its in enumerate(other, 1):
            cost = min(last[column] + 1, now[-1] + 1, last[column - 1] + (letter != its))
            if row > 1 and column > 1 and letter == other[column - 2] and name[row - 2] == its:
                cost = min(cost, before[column - 2] + 1)
            now.append(cost)
        before, last = last, now
    return last[-1]


def with_article(name: str) -> str:
    """Return a word, a model type say, behind the article that it is read with: `an arima_plus`, `a kmeans`."""
    return f"{'an' if name[:1].lower() in tuple('aeiox') else 'a'} {name}"


def star_without(*names: str) -> str:
    """Return how a query takes all columns but some, as either dialect writes it."""
    listed = ", ".join(names)
    return f"* EXCLUDE ({listed}), or with dialect bigquery * EXCEPT ({listed})"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a hint sentence for an unknown name: the nearest one, or the list of what there is."""
    known = sorted(set(known))
    if not known:
        return "There is none yet."
    return near_or_all(name, known, most=8)


def near_or_all(name: str, known: Sequence[str], *, most: int | None = None) -> str:
    """Return a hint sentence for a name that is not among `known`: the nearest, or all in their order, the first `most`
    where that is given.
    """
    nearest = nearest_name(name, known)
    if nearest is not None:
        return f"Did you mean {nearest!r}?"
    more = ", …" if most is not None and len(known) > most else ""
    return f"Known: {', '.join(known[:most])}{more}."
