"""The class that a callback is to be registered as."""

from abc import ABC


class AbstractCallback(ABC):  # noqa: B024 - as AutoGluon's is
    """A callback."""
