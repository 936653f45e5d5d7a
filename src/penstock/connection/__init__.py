"""The Python face: what `penstock.connect` returns, and everything the command line does."""

from penstock.connection.connection import Connection, open_connection, open_endpoint

__all__ = ["Connection", "open_connection", "open_endpoint"]
