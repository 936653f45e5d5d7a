"""A server by hand for `serving_batch`: Granian, orjson and onnxruntime, no log, no checks. Runs without Penstock.

`granian --interface rsgi benchmarks.bare_server:app`, with BARE_SERVER naming the folder of the trees and their layout.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import orjson


class App:
    """Answers rows with their probabilities."""

    def __init__(self, folder: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(folder / "core.onnx", options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name
        layout = json.loads((folder / "layout.json").read_text())
        self._columns = [
            (each["column"], each["words"] and dict(zip(each["words"], each["values"][1:], strict=True)), each)
            for each in layout
        ]

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        if scope.method == "GET":
            protocol.response_empty(200, [])
            return
        rows = orjson.loads(await protocol())["rows"]
        matrix = np.empty((len(rows), len(self._columns)))
        for place, (name, codes, each) in enumerate(self._columns):
            if codes is None:
                matrix[:, place] = [row[name] for row in rows]
            else:
                other = each["values"][0]
                matrix[:, place] = [codes.get(row[name], other) for row in rows]
        probabilities = self._session.run(None, {self._input: matrix})[0]
        told = orjson.dumps({"predictions": probabilities.tolist()})
        protocol.response_bytes(200, [("content-type", "application/json")], told)


app = App(Path(os.environ["BARE_SERVER"]))
