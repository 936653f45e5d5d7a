"""What a training that goes on from an earlier version must leave as it is."""

from __future__ import annotations

from penstock.core.errors import InvalidOption
from penstock.core.options import OptionValue


def check_unchanged(option: str, had: OptionValue, wanted: OptionValue) -> None:
    """Raise InvalidOption when an option that shapes a model has another value than the earlier version was made with.

    A `wanted` None asks for nothing, and goes on with what there is.
    """
    if wanted is None or wanted == had:
        return
    raise InvalidOption.of(
        f"Option warm_start: the earlier version has {option} = {_spoken(had)}, not {_spoken(wanted)}.",
        hint=f"Give {option} = {_spoken(had)}, or train without warm_start.",
        option="warm_start",
    )


def _spoken(value: OptionValue) -> str:
    return str(value).upper() if isinstance(value, bool) else repr(value)
