"""The reference says what the code says, and nothing that can be written is left without words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.main import get_group

from penstock.cli.main import app
from penstock.cli.reference.__main__ import write
from penstock.cli.reference.page import pages
from penstock.core.diagnostics import errors_among
from penstock.core.names import Kind
from penstock.core.options import OptionSpec
from penstock.core.settings import KNOWN, VARIABLES
from penstock.drift.registry import detectors
from penstock.engine.export import OPTIONS as EXPORT_OPTIONS
from penstock.engine.measure import measures
from penstock.engine.show import SUBJECTS
from penstock.functions.preprocessing import PREPROCESSING
from penstock.functions.registry import functions
from penstock.graph.topology import build_graph
from penstock.learn.registry import learners
from penstock.learn.shared_options import SHARED_OPTIONS
from penstock.project.load import load_project
from penstock.project.spec import OPTIONS
from penstock.rules.registry import RULES, check
from penstock.sql.grammar import SHOWN, STATEMENTS
from penstock.sql.parse import parse_script

FOLDER = Path(__file__).parents[2] / "docs" / "reference"
CASES = Path(__file__).parents[1] / "conformance"


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    return pages(CASES)


def test_the_reference_is_the_one_that_the_code_gives(made: dict[str, str]) -> None:
    found = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}
    assert sorted(found) == sorted(made)
    stale = [name for name, text in made.items() if found[name] != text]
    assert not stale, "Run: make docs"


def test_a_page_that_is_no_longer_made_is_removed(tmp_path: Path) -> None:
    (tmp_path / "old.md").write_text("gone")
    write(tmp_path)
    assert "old.md" not in {path.name for path in tmp_path.iterdir()}


def _options() -> Iterator[tuple[str, OptionSpec]]:
    for kind, options in OPTIONS.items():
        yield from ((f"{kind}.md", option) for option in options)
    yield from (("model.md", option) for option in EXPORT_OPTIONS)
    yield from (("model-types.md", option) for option in SHARED_OPTIONS)
    for learner in learners().values():
        yield from (("model-types.md", option) for option in learner.options)
    for function in functions().values():
        yield from (("functions.md", option) for option in function.options)
    for preprocessing in PREPROCESSING.values():
        yield from (("functions.md", option) for option in preprocessing.parameters)


def test_every_option_has_words_and_stands_on_its_page(made: dict[str, str]) -> None:
    for page, option in _options():
        assert option.doc.strip().endswith("."), (page, option.name)
        assert f"`{option.name}`" in made[page], (page, option.name)
        assert "  " not in option.doc, (page, option.name)


def test_every_statement_kind_and_subject_has_words(made: dict[str, str]) -> None:
    for doc in STATEMENTS:
        page = made[f"{doc.kind}.md" if doc.kind else "statements.md"]
        assert doc.text.strip()
        assert f"## {doc.name}\n" in page
    assert set(SHOWN) == {f"{kind}s" for kind in Kind} | set(SUBJECTS)
    for subject, words in SHOWN.items():
        assert words
        assert f"`{subject.upper()}`" in made["statements.md"]


def test_every_function_and_column_has_words(made: dict[str, str]) -> None:
    for name, function in functions().items():
        assert function.summary.endswith(".")
        assert f"## {name}\n" in made["functions.md"]
        assert all(column.doc for column in function.output), name
        assert all(f"`{column.name}`" in made["functions.md"] for column in function.output), name
    assert all(preprocessing.summary.endswith(".") for preprocessing in PREPROCESSING.values())


def test_every_model_type_measure_and_detector_has_words(made: dict[str, str]) -> None:
    for name, learner in learners().items():
        assert learner.summary.endswith(".")
        assert f"## {name}\n" in made["model-types.md"]
    for name, measure in measures().items():
        assert measure.doc
        assert f"`{name.removeprefix('baseline_')}`" in made["measures.md"]
    assert all(detector.doc for detector in detectors().values())


def test_every_rule_and_setting_has_words(made: dict[str, str]) -> None:
    for code, rule in RULES.items():
        assert rule.description.endswith(".")
        assert f"## {code} " in made["rules.md"]
    for words in (VARIABLES, *KNOWN.values()):
        for name, doc in words.items():
            assert doc.endswith(".")
            assert f"`{name}`" in made["settings.md"]


def test_every_verb_and_parameter_has_words(made: dict[str, str]) -> None:
    for name, verb in get_group(app).commands.items():
        assert verb.help, name
        # The first sentence is what the list of verbs shows: it must fit on the line.
        assert len(verb.help.split("\n\n")[0]) <= 65, name
        assert f"## {name}\n" in made["command-line.md"]
        unsaid = [parameter.name for parameter in verb.params if not getattr(parameter, "help", None)]
        assert unsaid == [], name


def test_every_route_has_words(made: dict[str, str]) -> None:
    sections = made["http.md"].split("\n## ")[1:]
    assert len(sections) >= 15
    for section in sections:
        heading, words = section.split("\n\n")[:2]
        assert heading.split()[0] in ("GET", "POST")
        assert words.startswith(tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")), heading


@pytest.mark.parametrize("kind", Kind)
def test_the_example_of_a_kind_is_a_sound_project(tmp_path: Path, kind: Kind) -> None:
    (tmp_path / "penstock.toml").write_text("")
    example = next(doc.example for doc in STATEMENTS if doc.kind is kind and doc.name.startswith("CREATE"))
    (tmp_path / "project.sql").write_text(example)
    project = load_project(tmp_path)
    assert project.diagnostics == ()
    assert errors_among(check(project, build_graph(project))) == []


def test_the_example_of_each_function_is_read() -> None:
    for spec in functions().values():
        script = parse_script(spec.example, "example.sql")
        assert script.diagnostics == (), spec.name
        assert spec.name in spec.example
