"""Options of BigQuery's remote models that need Google's cloud."""

from __future__ import annotations

from collections.abc import Mapping

_HOSTED = "Serve it yourself (vLLM, Ollama and llama.cpp speak OpenAI's API) and name that in a connection."
_TUNING = "Tune the model where it is, and name the tuned one in ENDPOINT."
# Options of remote models that need Google's cloud: why they cannot work here, and the nearest thing that does.
CLOUD_OPTIONS: Mapping[str, tuple[str, str]] = {
    "remote_service_type": (
        "a service of Google's cloud",
        "Ask a language model with AI.GENERATE or AI.GENERATE_TABLE instead.",
    ),
    "document_processor": ("a service of Google's cloud", "Ask a language model with AI.GENERATE_TABLE instead."),
    "speech_recognizer": ("a service of Google's cloud", "Transcribe the recordings before they are loaded."),
    "hugging_face_model_id": ("a model that Google's cloud would host", _HOSTED),
    "hugging_face_token": ("a model that Google's cloud would host", _HOSTED),
    "model_garden_model_name": ("a model that Google's cloud would host", _HOSTED),
    "machine_type": ("a model that Google's cloud would host", _HOSTED),
    "min_replica_count": ("a model that Google's cloud would host", _HOSTED),
    "max_replica_count": ("a model that Google's cloud would host", _HOSTED),
    "reservation_affinity_type": ("a model that Google's cloud would host", _HOSTED),
    "reservation_affinity_key": ("a model that Google's cloud would host", _HOSTED),
    "reservation_affinity_values": ("a model that Google's cloud would host", _HOSTED),
    "endpoint_idle_ttl": ("a model that Google's cloud would host", _HOSTED),
    "prompt_col": ("tuning in Google's cloud", _TUNING),
    "evaluation_task": ("tuning in Google's cloud", _TUNING),
    "learning_rate_multiplier": ("tuning in Google's cloud", _TUNING),
}
