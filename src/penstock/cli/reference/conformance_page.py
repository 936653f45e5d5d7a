"""The page that says of all of BigQuery ML what works here, by case."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from penstock.cli.reference.conformance_state import State, Surface, Thing, read_surface
from penstock.cli.reference.markdown import page, table
from penstock.testing.conformance import Case

CASES = "../../tests/conformance"
SHOWN = 3
WORDS = ("works", "accepted", "differs", "absent", "no case yet")
ABOUT = f"""
What BigQuery ML documents, and how it is here. *works*: a case in [tests/conformance]({CASES}) runs a script as it is
written for BigQuery, and its columns, their types and its values are those expected; of an option, they would be others
if it did nothing. *accepted*, of an option: a model trains and answers with it, and no case shows what it changes.
*differs*: it is taken, with the difference that is told. *absent*: it is not there, for the reason that is told; a
statement that asks for it is refused with words. *no case yet*: nothing holds it.
"""
SECTIONS = {
    "statement": "Statements",
    "script": "Around the statements",
    "syntax": "Texts that parsers of SQL stumble over",
    "model": "Model types",
    "matrix": "Functions of a model",
    "functions": "Functions without a model",
    "oracle": "Published numbers of the live service",
    "resolution": "Where BigQuery's pages contradict themselves",
    "tutorial": "Tutorials, in their shape, on data that stands in for theirs",
    "input": "Mistakes that are told",
    "option": "Options",
}


def conformance_page(folder: Path) -> str:
    """Return the page on the cases in `folder`; raises ValueError for a case that covers what there is not."""
    surface = read_surface(folder)
    parts: list[str] = []
    for area, title in SECTIONS.items():
        parts += [f"## {title}", *_section(surface, area)]
    return page("# BigQuery ML, piece by piece", ABOUT, _counts(surface), *parts)


def _counts(surface: Surface) -> str:
    functions = surface.of("function")
    groups = {
        "functions × model types (ML.*)": [t for t in functions if t.on and t.name.startswith("ML.")],
        "functions without a model (ML.*)": [t for t in functions if not t.on and t.name.startswith("ML.")],
        "other functions (AI.*, VECTOR_SEARCH …)": [t for t in functions if not t.name.startswith("ML.")],
        "statements": surface.of("statement"),
        "around the statements": [*surface.of("script"), *surface.of("syntax")],
        "model types": surface.of("model"),
        "options of model types": surface.of("option"),
        "published numbers": surface.of("oracle"),
        "contradictions": surface.of("resolution"),
        "tutorials": surface.of("tutorial"),
        "mistakes": surface.of("input"),
    }
    rows = []
    for name, things in groups.items():
        words = [surface.states[thing].word for thing in things]
        held = sum(word in ("works", "differs") for word in words)
        counted = [str(words.count(word)) for word in WORDS]
        rows.append((name, str(len(things)), *counted, f"{100 * held / len(things):.0f} %"))
    return table(("what", "of", *WORDS, "works or differs"), rows)


def _section(surface: Surface, area: str) -> list[str]:
    match area:
        case "matrix":
            rows = [_row(surface, thing, f"`{thing.name}`", thing.on) for thing in surface.of("function") if thing.on]
            return [table(("function", "model type", "state", "cases"), rows)]
        case "functions":
            rows = [
                _row(surface, Thing("function", name), f"`{name}`", group)
                for group, names in surface.functions.items()
                for name in names
            ]
            return [table(("function", "for", "state", "cases"), rows)]
        case "option":
            models = dict.fromkeys(thing.on for thing in surface.of("option"))
            return [part for model in models for part in _options(surface, model)]
        case "model":
            return [table(("model type", "state", "cases"), [_row(surface, t, t.name) for t in surface.of("model")])]
        case _:
            rows = [_row(surface, thing, surface.words[thing]) for thing in surface.of(area)]
            return [table(("what", "state", "cases"), rows)]


def _options(surface: Surface, model: str) -> list[str]:
    things = [thing for thing in surface.of("option") if thing.on == model]
    return [
        f"### {model}",
        table(("option", "state", "cases"), [_row(surface, thing, f"`{thing.name}`") for thing in things]),
    ]


def _row(surface: Surface, thing: Thing, *first: str) -> tuple[str, ...]:
    state = surface.states[thing]
    return (*first, _told(state), _links(state.cases))


def _told(state: State) -> str:
    return f"{state.word}: {state.why}" if state.why else state.word


def _links(cases: Iterable[Case]) -> str:
    listed = list(cases)
    links = [f"[{case.name}]({CASES}/{case.name}.sql)" for case in listed[:SHOWN]]
    more = len(listed) - len(links)
    return ", ".join([*links, *([f"and {more} more"] if more else [])])
