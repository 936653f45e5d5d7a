"""The services of a project by name, each with one client that all who ask it share."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping

from penstock.core.errors import InvalidOption, UnknownName
from penstock.core.service import ServiceSettings
from penstock.remote.client import ServiceClient

# The connection of DEFAULT, and of a call that names none.
DEFAULT = "default"


class Services:
    """Looks connections up and opens clients as they are needed. Safe to share between threads."""

    def __init__(
        self,
        connections: Mapping[str, ServiceSettings],
        environment: Mapping[str, str] = os.environ,
        seed: int = 42,
        embedders: frozenset[str] = frozenset(),
    ) -> None:
        self.seed = seed
        # The names, in lower case, that mean the embedder of this machine.
        self.embedders = embedders
        self._connections = connections
        self._environment = environment
        self._clients: dict[str, ServiceClient] = {}
        self._lock = threading.Lock()

    def settings(self, name: str) -> ServiceSettings:
        """Return a connection's settings; raises UnknownName for one that `penstock.toml` does not have."""
        found = self._connections.get(name.casefold())
        if found is None:
            if self._connections:
                raise UnknownName.among("connection", name, self._connections)
            raise UnknownName.of(
                f"There is no connection {name!r}.",
                hint=f"Add it to penstock.toml: [connections.{name}] with url = 'https://…/v1' and "
                "key_variable = 'OPENAI_API_KEY'.",
            )
        return found

    def known(self, name: str) -> ServiceSettings | None:
        """Return a connection's settings, None where there is none of that name."""
        return self._connections.get(name.casefold())

    def client(self, name: str) -> ServiceClient:
        """Return what asks a service; raises UnknownName, or InvalidOption when its key is not in the environment."""
        settings = self.settings(name)
        if settings.kind == "local":
            message = f"The connection {name!r} is local: it embeds texts and does nothing else."
            raise InvalidOption.of(message, hint="Name a connection to a language model.")
        with self._lock:
            if name not in self._clients:
                self._clients[name] = ServiceClient(settings, self._environment)
            return self._clients[name]

    def close(self) -> None:
        """Hang up."""
        with self._lock:
            for client in self._clients.values():
                client.close()
            self._clients.clear()
