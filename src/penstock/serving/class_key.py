"""Classes as JSON writes them."""

from __future__ import annotations

from typing import Any

Json = Any


def class_key(label: Json) -> str:
    """Return a class as the key of a JSON object."""
    if isinstance(label, str):
        return label
    return {True: "true", False: "false"}[label] if isinstance(label, bool) else str(label)
