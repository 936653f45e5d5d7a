from __future__ import annotations

import os
from pathlib import Path

import pytest

from penstock.core.errors import StorageFailure
from penstock.core.settings import Settings
from penstock.lake.bucket import bucket_filesystem
from penstock.lake.storage import MARK, FolderStorage, Storage, open_storage

FILES = {"model.onnx": bytes(range(256)), "manifest.json": '{"이름": 1}'.encode(), "empty": b""}


@pytest.fixture(params=["folder", "bucket"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "folder":
        return open_storage(Settings(root=tmp_path, name="test"))
    environment = request.getfixturevalue("s3_environment")
    data = f"s3://bucket/{tmp_path.name}"
    return open_storage(Settings(root=tmp_path, name="test", data=data), environment)


def test_what_is_written_is_read(storage: Storage) -> None:
    assert not storage.exists("m/1")
    storage.write("m/1", FILES)
    assert storage.exists("m/1")
    assert storage.read("m/1") == FILES
    one = next(iter(FILES))
    assert storage.read("m/1", (one, "no such file")) == {one: FILES[one]}
    storage.write("m/1", {"other": b"x"})
    assert storage.read("m/1") == {"other": b"x"}


def test_artifacts_are_listed_and_deleted(storage: Storage) -> None:
    assert list(storage.list()) == []
    for path in ("b/2", "a/10", "모델/1"):
        storage.write(path, FILES)
    assert list(storage.list()) == ["a/10", "b/2", "모델/1"]
    assert list(storage.list("b/")) == ["b/2"]
    storage.delete("b/2")
    storage.delete("b/2")
    assert not storage.exists("b/2")
    assert list(storage.list()) == ["a/10", "모델/1"]


def test_what_is_not_there_cannot_be_read(storage: Storage) -> None:
    with pytest.raises(StorageFailure, match="Artifact m/9 cannot be read"):
        storage.read("m/9")


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = FolderStorage(tmp_path)
    storage.write("m/1", FILES)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    for path in ("m/1", "m/2"):
        with pytest.raises(StorageFailure, match="No space left on device"):
            storage.write(path, {"new": b"x"})
    assert storage.read("m/1") == FILES
    assert list(storage.list()) == ["m/1"]
    assert [path.name for path in (tmp_path / "m").iterdir()] == ["1"]


def test_a_folder_whose_last_artifact_goes_goes_too(tmp_path: Path) -> None:
    storage = FolderStorage(tmp_path)
    for path in ("trials/m/key/1", "trials/m/key/2", "models/m"):
        storage.write(path, FILES)
    storage.delete("trials/m/key/1")
    assert storage.exists("trials/m/key/2")
    storage.delete("trials/m/key/2")
    assert [path.name for path in tmp_path.iterdir()] == ["models"]


def test_an_artifact_half_written_or_half_deleted_in_a_bucket_does_not_count(
    tmp_path: Path, s3_environment: dict[str, str]
) -> None:
    data = f"s3://bucket/{tmp_path.name}"
    storage = open_storage(Settings(root=tmp_path, name="test", data=data), s3_environment)
    storage.write("m/1", FILES)
    with bucket_filesystem(s3_environment).open_output_stream(f"bucket/{tmp_path.name}/artifacts/m/1/{MARK}") as mark:
        mark.write(b"")
    assert not storage.exists("m/1")
    assert list(storage.list()) == []
    with pytest.raises(StorageFailure):
        storage.read("m/1")


def test_a_bucket_that_cannot_be_reached_is_told_without_the_key(tmp_path: Path) -> None:
    environment = {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ACCESS_KEY_ID": "id",
        "AWS_SECRET_ACCESS_KEY": "very-secret",
        "AWS_REGION": "us-east-1",
    }
    storage = open_storage(Settings(root=tmp_path, name="test", data="s3://bucket/x"), environment)
    with pytest.raises(StorageFailure) as caught:
        storage.exists("m/1")
    assert "very-secret" not in str(caught.value)
