"""`[connections.<name>]` in `penstock.toml`: the services outside that a remote model or an AI function may ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit

from penstock.core.diagnostics import Diagnostic
from penstock.core.names import did_you_mean
from penstock.core.spans import Span

SECTION = "connections"
KINDS = ("openai", "https", "local")
OPENAI = "https://api.openai.com/v1"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
# Every setting of a connection with its documentation.
KNOWN: Mapping[str, str] = {
    "kind": "'openai' (default): an OpenAI-compatible API for texts and embeddings; 'https': a service of your own "
    "that predicts rows; 'local': the sentence embedder on this machine.",
    "url": "Where the service answers. Default of 'openai': https://api.openai.com/v1. http:// only on this machine.",
    "key_variable": "The name of the environment variable that holds the key. Default: no key is sent.",
    "models": "A section of its own: which model of the service stands for an ENDPOINT, 'gemini-2.5-flash' = '…'.",
    "concurrency": "How many requests are on their way at the same time. Default: 4.",
    "timeout_seconds": "How long an answer may take. Default: 60.",
    "retries": "How often a request is made again after an overload or a broken line. Default: 4.",
    "input_price": "What a million tokens of input cost, for the costs in `statistics`.",
    "output_price": "What a million tokens of output cost.",
}
_TYPES: Mapping[str, tuple[tuple[type, ...], str]] = {
    "concurrency": ((int,), "an integer"),
    "retries": ((int,), "an integer"),
    "timeout_seconds": ((int, float), "a number"),
    "input_price": ((int, float), "a number"),
    "output_price": ((int, float), "a number"),
    "models": ((dict,), "a section"),
}
Place = Callable[[str, str], Span]


@dataclass(frozen=True)
class ServiceSettings:
    """One connection. The key itself is never here: `key_variable` names where the environment holds it.

    `models` maps the ENDPOINT of a statement, in lower case, to a model of the service. Prices are for a million
    tokens.
    """

    name: str
    kind: str = "openai"
    url: str = ""
    key_variable: str | None = None
    models: Mapping[str, str] = field(default_factory=dict)
    concurrency: int = 4
    timeout_seconds: float = 60.0
    retries: int = 4
    input_price: float | None = None
    output_price: float | None = None

    def model(self, endpoint: str) -> str:
        """Return the service's model for an ENDPOINT."""
        return self.models.get(endpoint.casefold(), endpoint)


def read_services(section: object, place: Place) -> tuple[dict[str, ServiceSettings], list[Diagnostic]]:
    """Return the connections by name in lower case, and everything wrong with them."""
    if not isinstance(section, Mapping):
        return {}, [Diagnostic("settings", "[connections] must be a section.", place("", SECTION))]
    found, findings = {}, []
    for name, values in section.items():
        where = f"{SECTION}.{name}"
        if not isinstance(values, Mapping):
            message = f"A connection is a section of its own: [connections.{name}]."
            findings.append(Diagnostic("settings", message, place(SECTION, name)))
            continue
        wrong = list(_problems(values, where, place))
        findings += wrong
        if not wrong:
            found[name.casefold()] = _service(name.casefold(), values)
    return found, findings


def _service(name: str, values: Mapping[str, object]) -> ServiceSettings:
    given = dict(values)
    given["url"] = str(given.get("url", OPENAI if given.get("kind", "openai") == "openai" else "")).rstrip("/")
    models = given.get("models", {})
    assert isinstance(models, Mapping)
    given["models"] = {str(key).casefold(): str(value) for key, value in models.items()}
    return ServiceSettings(name, **given)  # type: ignore[arg-type]


def _problems(values: Mapping[str, object], where: str, place: Place) -> Iterator[Diagnostic]:
    for key, value in values.items():
        if key not in KNOWN:
            hint = did_you_mean(key, KNOWN)
            yield Diagnostic("settings", f"There is no setting {key!r} in [{where}].", place(where, key), hint)
            continue
        types, words = _TYPES.get(key, ((str,), "a text"))
        # A boolean is an integer to Python and to nobody else.
        if not isinstance(value, types) or isinstance(value, bool):
            yield Diagnostic("settings", f"{key} must be {words}, not {value!r}.", place(where, key))
            return
        low = {"concurrency": 1, "retries": 0, "timeout_seconds": 0.001, "input_price": 0, "output_price": 0}.get(key)
        if low is not None and isinstance(value, int | float) and value < low:
            yield Diagnostic("settings", f"{key} must be at least {low:g}, not {value!r}.", place(where, key))
    kind = values.get("kind", "openai")
    if kind not in KINDS:
        message = f"kind must be one of {', '.join(map(repr, KINDS))}, not {kind!r}."
        yield Diagnostic("settings", message, place(where, "kind"))
    if kind == "https" and "url" not in values:
        message = f"[{where}] needs a url: keys are sent to addresses below it and to no others."
        yield Diagnostic("settings", message, place(where, ""))
    problem = url_problem(str(values["url"])) if "url" in values else None
    if problem:
        yield Diagnostic("settings", f"url {problem}", place(where, "url"))


def url_problem(url: str) -> str | None:
    """Return what is wrong with the address of a service, as the end of a sentence, or None."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is no address."
    if not url.isascii() or not url.isprintable() or " " in url:
        return "holds a character that an address cannot hold as it is."
    if "\\" in url:
        return "holds a backslash, which servers read as a slash or not."
    if "@" in parts.netloc:
        return "holds a user or a password; name the variable of a key in key_variable instead."
    if parts.scheme == "https" and host:
        return None
    if parts.scheme == "http" and host in LOOPBACK:
        return None
    return "must begin with https:// (http:// only on this machine)."


def lies_below(url: str, base: str) -> bool:
    """Say whether an address is that of a service or one below it, however a server may read its path."""
    if url_problem(url):
        return False
    given, own = urlsplit(url), urlsplit(base)
    if _place(given) != _place(own) or any(map(_leads_away, given.path.split("/"))):
        return False
    return given.path == own.path or given.path.startswith(own.path.rstrip("/") + "/")


def _place(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)


def _leads_away(segment: str) -> bool:
    """Say whether a part of a path means another place, at once or when its %-signs are read, even twice."""
    plain = segment
    while (read := unquote(plain)) != plain:
        plain = read
    # Some servers drop what stands after a semicolon before they look.
    return plain.split(";")[0] in (".", "..") or "/" in plain or "\\" in plain
