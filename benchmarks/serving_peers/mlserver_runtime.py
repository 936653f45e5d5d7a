"""MLServer with adaptive batching, each column a tensor: `mlserver start FOLDER`, whose settings name `Runtime`."""

from __future__ import annotations

import numpy as np
from mlserver import MLModel
from mlserver.codecs import NumpyCodec, PandasCodec
from mlserver.types import InferenceRequest, InferenceResponse
from pipeline import Scorer


class Runtime(MLModel):
    async def load(self) -> bool:
        self._scorer = Scorer()
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        rows = PandasCodec.decode_request(payload)
        found = self._scorer.score(rows.to_dict("records"))
        told = NumpyCodec.encode_output("probabilities", np.array([each["probabilities"] for each in found]))
        return InferenceResponse(model_name=self.name, outputs=[told])
