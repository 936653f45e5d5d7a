"""The page of the settings."""

from __future__ import annotations

from penstock.cli.reference.markdown import block, page, table
from penstock.core.service import KNOWN as SERVICES
from penstock.core.settings import KNOWN, VARIABLES

ABOUT = """
A folder with a file `penstock.toml` is a project. All settings have defaults: an empty file will do. A key that does
not exist is an error with the nearest one that does.
"""
EXAMPLE = """
[project]
name = "shop"

[storage]
catalog = "postgresql://penstock@db.example.com/penstock"
data = "s3://shop-lake/penstock"
"""
ABOUT_SERVICES = """
The services that remote models and AI functions ask. `REMOTE WITH CONNECTION` and `connection_id` name a section by its
last part, in any case; `DEFAULT`, and a call that names none, mean `[connections.default]`.
"""
SERVICE = """
[connections.default]
url = "https://api.openai.com/v1"
key_variable = "OPENAI_API_KEY"

[connections.default.models]
"gemini-2.5-flash" = "gpt-5-mini"
"""
ABOUT_VARIABLES = "Secrets never stand in a file; they come from the environment:"


def setting_page() -> str:
    """Return the page."""
    sections = [
        part
        for section, settings in KNOWN.items()
        for part in (
            f"## [{section}]",
            table(("setting", "meaning"), [(f"`{name}`", doc) for name, doc in settings.items()]),
        )
    ]
    services = table(("setting", "meaning"), [(f"`{name}`", doc) for name, doc in SERVICES.items()])
    variables = table(("variable", "meaning"), [(f"`{name}`", doc) for name, doc in VARIABLES.items()])
    parts = [
        *sections,
        "## [connections.<name>]",
        ABOUT_SERVICES,
        block(SERVICE, "toml"),
        services,
        "## Environment",
        ABOUT_VARIABLES,
        variables,
    ]
    return page("# Settings", ABOUT, block(EXAMPLE, "toml"), *parts)
