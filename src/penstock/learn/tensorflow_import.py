"""TensorFlow's files as models: a SavedModel, or a file of TensorFlow Lite, turned into ONNX by tf2onnx.

Both run in a process of their own (`tensorflow_conversion`), with a limit of time and without this process's
variables; only the import needs them. What is kept and served is the ONNX graph.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from penstock.core.errors import BadData, InvalidOption, MissingExtra
from penstock.core.options import OptionSpec
from penstock.learn.importer import MODEL_PATH, ImportedModel, ImportField
from penstock.learn.onnx_import import read_onnx
from penstock.learn.schema import Task

SAVED_MODEL, LITE = "tensorflow", "tensorflow_lite"
SECONDS = 900
# A file of TensorFlow's is code, which TensorFlow runs: it sees none of the keys that stand in variables.
_VARIABLES = ("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH", "PYTHONPATH", "USERPROFILE", "SYSTEMROOT", "TEMP")
_LARGEST_UNPACKED = 4_000_000_000
_MARKS = ("saved_model.pb", "saved_model.pbtxt")
_INSTEAD = (
    "Convert it where there is more room: python -m tf2onnx.convert, and import its ONNX with model_type = 'onnx'."
)
_FOLDER = "Name the folder that tf.saved_model.save or model.export has written, as 'folder/*', or a zip of it."


class TensorflowImporter:
    """A SavedModel (`tensorflow`), or a file of TensorFlow Lite (`tensorflow_lite`)."""

    def __init__(self, model_type: str) -> None:
        self._model_type = model_type

    @property
    def model_type(self) -> str:
        return self._model_type

    @property
    def task(self) -> Task:
        return Task.IMPORTED

    @property
    def summary(self) -> str:
        what = (
            "A SavedModel of TensorFlow, a folder or a zip of it"
            if self._model_type == SAVED_MODEL
            else "A .tflite file"
        )
        return f"{what}, turned into ONNX by tf2onnx; the import needs the extra `tensorflow`, predictions do not."

    @property
    def options(self) -> tuple[OptionSpec, ...]:
        return (MODEL_PATH,)

    def read(
        self,
        content: bytes,
        inputs: Sequence[ImportField],
        outputs: Sequence[ImportField],
    ) -> ImportedModel:
        """Return the converted graph with the names of the model's signature; a SavedModel's `content` is a zip.

        Raises MissingExtra without TensorFlow or tf2onnx, BadData for what they cannot load or convert, or what gives
        other answers once it is converted.
        """
        if inputs or outputs:
            message = "A TensorFlow model says itself what it takes and gives: INPUT and OUTPUT do not go with it."
            raise InvalidOption.of(message, hint="Leave them out.")
        missing = [package for package in ("tensorflow", "tf2onnx") if find_spec(package) is None]
        if missing:
            raise MissingExtra.of(
                f"TensorFlow's files are read with {' and '.join(missing)}, which {_is(missing)} not installed.",
                hint="Install: pip install 'penstock[tensorflow]'. A model that is imported already needs it no more.",
            )
        with TemporaryDirectory(prefix="penstock-tensorflow-") as name:
            folder = Path(name)
            told, graph = _converted(self._model_type, _source(self._model_type, content, folder), folder)
        return _model(told, graph)


def _is(names: Sequence[str]) -> str:
    return "are" if len(names) > 1 else "is"


def _model(told: dict[str, Any], graph: bytes) -> ImportedModel:
    read = read_onnx(graph)
    details = {**read.details, **told}
    if "not_compared" not in told:
        return replace(read, details=details, original=None)
    note = "TensorFlow did not answer made-up rows; its predictions and the converted graph's were not compared: "
    return replace(read, details=details, notes=(*read.notes, note + told["not_compared"]), original=None)


def _source(model_type: str, content: bytes, folder: Path) -> Path:
    """Write what is converted below `folder` and return where it is."""
    if model_type == LITE:
        if content[4:8] != b"TFL3":
            raise BadData.of("The file is not of TensorFlow Lite.", hint="Name the file that TFLiteConverter gives.")
        file = folder / "model.tflite"
        file.write_bytes(content)
        return file
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _unpacked(archive, folder / "model")
    except zipfile.BadZipFile as problem:
        raise BadData.of(f"The file is no zip of a SavedModel: {problem}.", hint=_FOLDER) from problem
    except (zlib.error, EOFError, RuntimeError, NotImplementedError) as problem:
        raise BadData.of(f"The zip of the SavedModel cannot be unpacked: {problem}.", hint=_FOLDER) from problem


def _unpacked(archive: zipfile.ZipFile, folder: Path) -> Path:
    infos = [info for info in archive.infolist() if not info.is_dir()]
    found = sorted({PurePosixPath(info.filename).parent for info in infos if info.filename.split("/")[-1] in _MARKS})
    if not found:
        raise BadData.of(f"There is no SavedModel: no file is called {_MARKS[0]}.", hint=_FOLDER)
    if len(found) > 1:
        held = ", ".join(str(path) for path in found[:5])
        raise BadData.of(f"There are {len(found)} SavedModels, and one is needed.", hint=f"Name one of {held}.")
    if sum(info.file_size for info in infos) > _LARGEST_UNPACKED:
        raise BadData.of(f"The SavedModel is larger than {_LARGEST_UNPACKED:,} bytes.")
    # ZipFile.extract takes drives, leading slashes and dots that lead outside out of a name.
    for info in infos:
        archive.extract(info, folder)
    return folder / found[0]


def _converted(model_type: str, source: Path, folder: Path) -> tuple[dict[str, Any], bytes]:
    """Run the conversion; return what it tells and the graph. Raises BadData for what it refuses, and when it ends
    otherwise than it should.
    """
    graph, report = folder / "model.onnx", folder / "report.json"
    command = [sys.executable, "-P", "-m", "penstock.learn.tensorflow_conversion", model_type, str(source), str(graph)]
    try:
        ended = subprocess.run(  # noqa: S603 - a list of arguments, of our own making
            [*command, str(report)],
            cwd=folder,
            env=_environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as problem:
        raise BadData.of(f"tf2onnx has not converted the model in {SECONDS} seconds.", hint=_INSTEAD) from problem
    if not report.is_file():
        lines = ended.stderr.decode("utf-8", "replace").strip().splitlines()
        how = f"by signal {-ended.returncode}" if ended.returncode < 0 else f"with {ended.returncode}"
        raise BadData.of(f"TensorFlow's process ended {how}: {lines[-1] if lines else 'no words'}", hint=_INSTEAD)
    told: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    if "refused" in told:
        raise BadData.of(f"The model cannot be imported. {told['refused']}", hint=told["hint"])
    return told, graph.read_bytes()


def _environment(folder: Path) -> dict[str, str]:
    own = {
        # No graphics card, no words of its own, sums in the order in which the graph takes them, no file in the home.
        "CUDA_VISIBLE_DEVICES": "-1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_ENABLE_ONEDNN_OPTS": "0",
        "KERAS_HOME": str(folder),
        "PYTHONHASHSEED": "0",
    }
    return {name: os.environ[name] for name in _VARIABLES if name in os.environ} | own
