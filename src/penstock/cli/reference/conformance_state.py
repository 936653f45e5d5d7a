"""How far BigQuery ML's surface is held by cases: what works, is accepted, differs, is absent, or has no case yet."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from penstock.learn.registry import model_types
from penstock.learn.shared_options import option_specs
from penstock.testing.conformance import Case, read_cases

SURFACE, ABSENT = "surface.toml", "absent.toml"
# The areas whose things have a name and a sentence; `model`, `option` and `function` are read otherwise.
PLAIN_AREAS = ("statement", "script", "syntax", "oracle", "resolution", "input", "tutorial")


@dataclass(frozen=True, order=True)
class Thing:
    """One thing that can be covered: a name in an area; `on` is the model type of an option or of a function."""

    area: str
    name: str
    on: str = ""

    def __str__(self) -> str:
        match self.area:
            case "function":
                return f"{self.name} on {self.on}" if self.on else self.name
            case "option":
                return f"option {self.name} of {self.on}"
            case _:
                return f"{self.area} {self.name}"


@dataclass(frozen=True)
class State:
    """How a thing stands: `word` is works, accepted, differs, absent or no case yet."""

    word: str
    why: str
    cases: tuple[Case, ...]


@dataclass(frozen=True)
class Surface:
    """Everything that can be covered, with the sentences of the plain areas, and how each thing stands."""

    things: tuple[Thing, ...]
    words: Mapping[Thing, str]
    functions: Mapping[str, Sequence[str]]
    states: Mapping[Thing, State]

    def of(self, area: str) -> list[Thing]:
        """Return the things of an area, in their order."""
        return [thing for thing in self.things if thing.area == area]


def read_surface(folder: Path) -> Surface:
    """Return how the surface in `folder` stands; raises ValueError for a word that is not on it."""
    raw = tomllib.loads((folder / SURFACE).read_text(encoding="utf-8"))
    reader = _Reader(raw)
    covered: dict[Thing, list[Case]] = {}
    accepted: dict[Thing, list[Case]] = {}
    for case in read_cases(folder):
        for held, texts in ((covered, case.covers), (accepted, case.accepts)):
            for thing in (thing for text in texts for thing in reader.things_of(text, case.name)):
                held.setdefault(thing, []).append(case)
    effects = sorted(str(thing) for thing in accepted if thing.area != "option")
    if effects:
        raise ValueError(f"{', '.join(effects)}: only an option can be accepted without an effect that is seen.")
    absent = tomllib.loads((folder / ABSENT).read_text(encoding="utf-8"))
    reasons = {thing: why for text, why in absent.items() for thing in reader.things_of(text, ABSENT)}
    both = sorted(str(thing) for thing in reasons if thing in covered or thing in accepted)
    if both:
        raise ValueError(f"{ABSENT}: {', '.join(both)}: there is a case for it, so it is not absent.")
    recorded = _recorded()
    states = {
        thing: State("absent", reasons[thing], ())
        if thing in reasons
        else _state(covered.get(thing, []), accepted.get(thing, []), recorded.get(thing, ""))
        for thing in reader.things
    }
    return Surface(tuple(reader.things), reader.words, raw["functions"], states)


def _recorded() -> dict[Thing, str]:
    """Return what becomes of each option that changes nothing, as its own declaration says it."""
    return {
        Thing("option", spec.name, name): spec.recorded
        for name, found in model_types().items()
        for spec in option_specs(found)
        if spec.recorded
    }


def _state(covering: list[Case], accepting: list[Case], recorded: str) -> State:
    cases = tuple({case.name: case for case in (*covering, *accepting)}.values())
    if not cases:
        return State("no case yet", "", ())
    differences = [recorded] if recorded else list(dict.fromkeys(case.differs for case in cases if case.differs))
    if differences:
        return State("differs", " ".join(differences), cases)
    return State("works", "", tuple(covering)) if covering else State("accepted", "", cases)


class _Reader:
    """Reads the words of the surface, in which a group of model types may stand for its members."""

    def __init__(self, raw: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
        self._groups = raw["groups"]
        self.words: dict[Thing, str] = {}
        for area in PLAIN_AREAS:
            self.words |= {Thing(area, name): str(words) for name, words in raw[area].items()}
        found = list(self.words)
        found += [Thing("model", name) for name in raw["model"]]
        for function, types in raw["matrix"].items():
            found += [Thing("function", function, model) for model in self._types(types)]
        found += [Thing("function", name) for names in raw["functions"].values() for name in names]
        for model, lists in raw["model"].items():
            names = [name for each in lists for name in raw["options"].get(each, [each])]
            found += [Thing("option", name, model) for name in dict.fromkeys(names)]
        self.things = found
        self._known = set(found)

    def _types(self, names: Iterable[str]) -> list[str]:
        return [model for name in names for model in (self._types(self._groups.get(name, ())) or [name])]

    def things_of(self, text: str, place: str) -> list[Thing]:
        """Return what a text like `option l1_reg of linear` stands for; of a group, the members that have it."""
        area, _, rest = text.partition(" ")
        if area in (*PLAIN_AREAS, "model"):
            things = [Thing(area, name) for item in _listed(rest) for name in self._types([item])]
        elif area == "option":
            names, _, types = rest.partition(" of ")
            things = [thing for name in _listed(names) for thing in self._on("option", name, types)]
        else:
            names, _, types = text.partition(" on ")
            things = [thing for name in _listed(names) for thing in self._on("function", name, types)]
        unknown = [str(thing) for thing in things if thing not in self._known]
        if unknown or not things:
            raise ValueError(f"{place}: {', '.join(unknown) or text} is not in {SURFACE}.")
        return things

    def _on(self, area: str, name: str, types: str) -> list[Thing]:
        if not types:
            return [Thing(area, name)]
        found = []
        for written in _listed(types):
            members = [Thing(area, name, model) for model in self._types([written])]
            found += [thing for thing in members if thing in self._known] if written in self._groups else members
        return found


def _listed(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]
