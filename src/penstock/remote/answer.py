"""JSON that a service or a model has written, read without trust: of a depth that can be handled, and sound."""

from __future__ import annotations

import json
import math
from typing import Any

Json = Any
# No answer to a question of ours needs more levels.
DEEPEST = 100


def read_json(text: str | bytes) -> Json:
    """Return the value of a JSON text as JSON and Unicode have it; raises ValueError with the reason for any other.

    NaN and infinities become null, half of a pair of surrogates is replaced.
    """
    try:
        value = json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except ValueError as problem:
        raise ValueError("not JSON") from problem
    return _sound(value, DEEPEST)


def _sound(value: Json, levels: int) -> Json:
    if not levels:
        raise ValueError("nested too deeply")
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, list):
        return [_sound(item, levels - 1) for item in value]
    if isinstance(value, dict):
        return {_sound(key, levels): _sound(item, levels - 1) for key, item in value.items()}
    return value
