"""LitServe with batching: `python litserve_server.py PORT`."""

from __future__ import annotations

import sys
from typing import Any

import litserve
from pipeline import Scorer


class Api(litserve.LitAPI):
    def setup(self, device: str) -> None:  # noqa: ARG002 - the name that LitServe calls it by
        self._scorer = Scorer()

    # Without a type: LitServe would make a parameter of the address of it.
    def decode_request(self, request):  # type: ignore[no-untyped-def]
        return request["rows"][0]

    def batch(self, inputs: list[Any]) -> list[Any]:
        return inputs

    def predict(self, x: list[Any]) -> list[dict[str, Any]]:
        return self._scorer.score(x)

    def unbatch(self, output: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return output

    def encode_response(self, output: dict[str, Any]) -> dict[str, Any]:
        return output


if __name__ == "__main__":
    api = Api(max_batch_size=64, batch_timeout=0.002)
    litserve.LitServer(api, accelerator="cpu", workers_per_device=1).run(
        port=int(sys.argv[1]), host="127.0.0.1", generate_client_file=False, log_level="error"
    )
