"""The Python face: what `penstock.connect` returns, and everything the command line does."""

from penstock.connection.connection import Connection, open_connection
from penstock.connection.model import Model
from penstock.connection.relation import Relation

__all__ = ["Connection", "Model", "Relation", "open_connection"]
