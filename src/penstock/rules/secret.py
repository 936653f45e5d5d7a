"""The rule that keeps passwords and keys out of a project's files."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

from penstock.core.diagnostics import Severity
from penstock.core.names import Kind
from penstock.rules.rule import Context, Finding, Rule
from penstock.sql.place import string_literals

SECRET_WORDS = frozenset(
    {
        "password",
        "passwd",
        "pwd",
        "secret",
        "secret_key",
        "secret_access_key",
        "s3_secret_access_key",
        "token",
        "access_token",
        "auth_token",
        "session_token",
        "api_key",
        "apikey",
        "account_key",
        "accountkey",
        "sharedaccesssignature",
    }
)
HINT = "Take it out. S3 keys come from the environment (AWS_…), a database's password from PGPASSWORD."


def _secrets(context: Context) -> Iterator[Finding]:
    for resource in context.of_kind(*Kind):
        for text, span in string_literals(resource.statement):
            what = _secret_in(text)
            if what is not None:
                message = f"This text of {resource.name} holds {what}, for every reader of the file to see."
                yield Finding(message, span, HINT)


def _secret_in(text: str) -> str | None:
    """Return in words what kind of secret a text holds, or None; the secret itself is never handed on."""
    if "://" in text:
        try:
            address = urlsplit(text)
        except ValueError:
            return None
        if address.password:
            return "a user's password or key"
        pairs = parse_qsl(address.query)
    else:
        # `host=db user=me password=…` or `Server=db;Password=…`
        parts = [part.partition("=") for part in text.replace(";", " ").split()]
        pairs = [(key, value) for key, equals, value in parts if equals]
    for key, value in pairs:
        word = key.strip().lower().replace("-", "_")
        if value.strip("'\"") and word in SECRET_WORDS:
            return f"a {word}"
    return None


RULES = (
    Rule(
        "PS020",
        "secret-in-text",
        Severity.ERROR,
        "An address or a connection text in the project holds a password or a key. Project files are copied, "
        "shared and kept under version control; a secret in them is no secret.",
        "CREATE TABLE t AS SELECT * FROM 's3://AKIAEXAMPLE:wJalrXUtnFEMI@bucket/hours.parquet';",
        "CREATE TABLE t AS SELECT * FROM 's3://bucket/hours.parquet';",
        _secrets,
    ),
)
