"""What the command line says to wrong files, wrong numbers and empty projects."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Penstock = Callable[..., Any]


@pytest.mark.parametrize(
    ("source", "target", "told"),
    [
        ("data/visit.csv", "out.csv", ["There is no file", "Did you mean 'visits.csv'?"]),
        ("nowhere/visits.csv", "out.csv", ["There is no file", "There is nothing in"]),
        ("data", "out.csv", ["is a folder", "/data/*.csv'"]),
        ("data/visits.csv", "out.txt", ["must end in .parquet or .csv"]),
        ("data/visits.csv", "nowhere/out.csv", ["there is no folder"]),
        ("data/visits.csv", "data/visits.csv", ["would be overwritten"]),
        ("penstock.csv", "out.csv", ["error unknown-name: The data of ML.PREDICT has no columns 'pages', 'minutes'"]),
    ],
)
def test_score_says_which_file_is_wrong_and_why(
    penstock: Penstock, project: Path, source: str, target: str, told: list[str]
) -> None:
    (project / "penstock.csv").write_text("device,bought\nphone,no\n")
    ended = penstock("score", "buyers", source, target, folder=project)
    assert (ended.code, ended.out) == (1, "")
    assert all(words in ended.err for words in told), ended.err
    # The query is not the user's, so no place in it is told.
    assert ended.err.startswith("error ")
    assert len((project / "data" / "visits.csv").read_text().splitlines()) == 601


def test_score_takes_all_files_of_a_pattern(penstock: Penstock, project: Path) -> None:
    ended = penstock("score", "buyers", "data/v*.csv", "all.csv", folder=project)
    assert (ended.code, ended.err.split()[0]) == (0, "600")


def test_a_port_that_there_is_not_is_a_mistake_of_usage(penstock: Penstock, project: Path) -> None:
    ended = penstock("serve", "--port", "99999", folder=project)
    assert ended.code == 2
    assert "65535" in ended.err


def test_an_empty_project_is_told_in_words_and_gives_no_rows(penstock: Penstock, tmp_path: Path) -> None:
    (tmp_path / "penstock.toml").write_text("")
    for verb, told in (("plan", "declares nothing"), ("run", "declares nothing"), ("status", "penstock run")):
        ended = penstock(verb, folder=tmp_path)
        assert (ended.code, ended.out) == (0, "")
        assert told in ended.err
    assert penstock("plan", "--format", "json", folder=tmp_path).out == "[]\n"
    assert penstock("sql", "", folder=tmp_path).err == "There is nothing to run: the text holds no statement.\n"


def test_a_wrong_setting_is_shown_in_its_line(penstock: Penstock, tmp_path: Path) -> None:
    (tmp_path / "penstock.toml").write_text("[serve]\nprot = 80\n")
    ended = penstock("plan", folder=tmp_path)
    assert ended.code == 1
    lines = ended.err.splitlines()
    assert lines[0].endswith("penstock.toml:2:1: error settings: There is no setting 'prot' in [serve].")
    assert lines[1:] == ["  2 │ prot = 80", "    │ ^^^^", "  Did you mean 'port'?"]
