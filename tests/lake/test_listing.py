from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest

from penstock.core.errors import BadData
from penstock.lake.listing import SourceFile, list_files, member_name
from penstock.lake.model_file import read_file, read_folder


def files(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name, encoding="utf-8")


def paths(root: Path, *patterns: str) -> list[str]:
    return [file.path for file in list_files(patterns, root)]


def test_patterns_match_below_the_root_sorted_and_once(tmp_path: Path) -> None:
    files(tmp_path, "data/b.csv", "data/a.csv", "data/deep/er/c.csv", "data/.hidden.csv", "가/나.csv")
    assert paths(tmp_path, "data/*.csv") == ["data/a.csv", "data/b.csv"]
    assert paths(tmp_path, "data/?.csv", "data/[a]*.csv") == ["data/a.csv", "data/b.csv"]
    assert paths(tmp_path, "**/*.csv") == ["data/a.csv", "data/b.csv", "data/deep/er/c.csv", "가/나.csv"]
    assert paths(tmp_path / "data", "../가/*.csv") == [str(tmp_path / "가/나.csv")]
    assert paths(tmp_path, str(tmp_path / "data/a.csv")) == ["data/a.csv"]


def test_a_file_is_known_by_size_and_time(tmp_path: Path) -> None:
    files(tmp_path, "a.csv")
    os.utime(tmp_path / "a.csv", ns=(1_700_000_000_123_456_789,) * 2)
    assert list_files(["a.csv"], tmp_path) == (SourceFile("a.csv", 5, 1_700_000_000_123_456_789),)


def test_a_name_with_signs_in_it_is_a_name(tmp_path: Path) -> None:
    files(tmp_path, "data [2024].csv", "data 2.csv")
    assert paths(tmp_path, "data [2024].csv") == ["data [2024].csv"]


@pytest.mark.parametrize(
    ("pattern", "hint"),
    [
        ("data/salse.csv", "data/sales.csv"),
        ("data/*.parquet", "data/sales.csv"),
        ("dta/sales.csv", "Did you mean 'data'?"),
        ("data/sales.cvs", "data/sales.csv"),
        ("data/*.tsv", "data/sales.csv"),
        ("nowhere/*.csv", "Known: data."),
        ("data/deep/a.csv", "There is no folder in data."),
        ("data", "'data/*.csv'"),
    ],
)
def test_a_pattern_without_a_file_is_told_with_the_nearest(tmp_path: Path, pattern: str, hint: str) -> None:
    files(tmp_path, "data/sales.csv")
    with pytest.raises(BadData) as caught:
        list_files([pattern], tmp_path)
    (finding,) = caught.value.diagnostics
    assert repr(pattern) in finding.message
    assert hint in (finding.hint or "")


def test_names_in_a_korean_archive_are_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("plain.csv", "")
        archive.writestr("가격.csv", "")
        # As Korean Windows writes it: CP949 bytes without the mark for UTF-8.
        archive.writestr("가격표.csv".encode("cp949").decode("cp437"), "")
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        infos = archive.infolist()
    infos[2].flag_bits = 0
    infos[2].filename = "가격표.csv".encode("cp949").decode("cp437")
    assert [member_name(info) for info in infos] == ["plain.csv", "가격.csv", "가격표.csv"]


@pytest.mark.parametrize("kind", ["device", "pipe"])
def test_what_is_no_regular_file_is_told_and_not_opened(tmp_path: Path, kind: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    path = "/dev/zero" if kind == "device" else "pipe"
    with pytest.raises(BadData, match=f"'{path}' is no regular file"):
        read_file(path, tmp_path)


def test_a_folder_is_packed_alike_wherever_it_lies(tmp_path: Path) -> None:
    files(tmp_path, "m/a.pb", "m/deep/er/가.bin", "other/a.pb", "other/deep/er/가.bin")
    for name in ("a.pb", "deep/er/가.bin"):
        (tmp_path / "other" / name).write_text(f"m/{name}", encoding="utf-8")
    packed = read_folder("m/**", tmp_path, 100)
    assert packed == read_folder(f"file://{tmp_path}/other/**", tmp_path / "m", 100)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.namelist() == ["a.pb", "deep/er/가.bin"]
        assert archive.read("deep/er/가.bin").decode() == "m/deep/er/가.bin"


def test_a_folder_larger_than_what_may_be_read_is_not_read(tmp_path: Path) -> None:
    files(tmp_path, "m/a.pb", "m/b.pb")
    with pytest.raises(BadData, match="larger than 11 bytes"):
        read_folder("m/**", tmp_path, 11)
