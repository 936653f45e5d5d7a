"""What a project's files once declared and do not any more."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from penstock.catalog.objects import ObjectState
from penstock.core.names import Kind, ResourceName
from penstock.engine.drop import IN_LAKE, standing_on
from penstock.engine.session import Session
from penstock.engine.step import Step

# These hold no data of their own: without their statement nothing of them is left to keep.
WITHOUT_DATA = frozenset({Kind.GOAL, Kind.MONITOR, Kind.EXPERIMENT, Kind.TRIGGER, Kind.ASSERTION})
# The key of an object's state that says whether a run made it from a file, and not somebody by hand.
IN_FILES = "in_files"

Key = tuple[Kind, str]


def leftovers(states: Mapping[Key, ObjectState], declared: Collection[ResourceName]) -> list[ResourceName]:
    """Return the objects that a run made from the files and that these do not declare any more."""
    known = {(name.kind, name.key) for name in declared}
    # A table that becomes a view gives its place to it.
    known |= {(kind, name.key) for name in declared if name.kind in IN_LAKE for kind in IN_LAKE}
    return [state.name for key, state in states.items() if state.state.get(IN_FILES) and key not in known]


def leftover_steps(
    session: Session, states: Mapping[Key, ObjectState], declared: Collection[ResourceName]
) -> tuple[Step, ...]:
    """Return what a run does with the leftovers: definitions without data are dropped, the rest is told and stays.

    A definition that something made by hand stands on stays too.
    """
    found = leftovers(states, declared)
    going = {(name.kind, name.key) for name in found if name.kind in WITHOUT_DATA}
    going |= {(name.kind, name.key) for name in declared}
    steps = []
    for name in found:
        drops = name.kind in WITHOUT_DATA and all((n.kind, n.key) in going for n in standing_on(session, name))
        steps.append(Step(name, "drop" if drops else "skip", "its statement is gone" if drops else words(name), "", ""))
    return tuple(steps)


def words(name: ResourceName) -> str:
    """Return what is said of a leftover that stays."""
    return f"not in the project any more; drop it with: DROP {name.kind.upper()} {name.name}"
