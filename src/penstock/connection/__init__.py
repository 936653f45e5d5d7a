"""The Python face: what `penstock.connect` returns, and everything the command line does."""

from penstock.connection.connection import Connection, open_connection

__all__ = ["Connection", "open_connection"]
