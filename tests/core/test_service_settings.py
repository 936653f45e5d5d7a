"""The sections [connections.…] of penstock.toml."""

from __future__ import annotations

from pathlib import Path

import pytest

from penstock.core.errors import UserError
from penstock.core.settings import read_settings


def written(folder: Path, text: str) -> Path:
    (folder / "penstock.toml").write_text(text)
    return folder


def test_a_connection_has_defaults_and_maps_models(tmp_path: Path) -> None:
    text = '[connections.LLM]\nkey_variable = "K"\n[connections.LLM.models]\n"Gemini-2.5" = "tiny"\n'
    found = read_settings(written(tmp_path, text)).connections["llm"]
    assert (found.kind, found.url, found.key_variable) == ("openai", "https://api.openai.com/v1", "K")
    assert (found.model("gemini-2.5"), found.model("other")) == ("tiny", "other")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[connections.a]\nurl = 'http://example.com/v1'", "must begin with https://"),
        ("[connections.a]\nurl = 'https://me:pw@example.com'", "holds a user or a password"),
        ("[connections.a]\nurll = 'https://example.com'", "Did you mean 'url'"),
        ("[connections.a]\nkind = 'opena'", "kind must be one of"),
        ("[connections.a]\nkind = 'https'", "needs a url"),
        ("[connections.a]\nconcurrency = 0", "must be at least 1"),
        ("[connections.a]\nretries = true", "must be an integer"),
        ("[connections]\na = 'https://example.com'", "A connection is a section of its own"),
        ("[connection.a]\nurl = 'https://example.com'", "Did you mean 'connections'"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(UserError, match=words) as problem:
        read_settings(written(tmp_path, text))
    assert problem.value.diagnostics[0].span is not None


def test_this_machine_may_be_asked_without_encryption(tmp_path: Path) -> None:
    text = "[connections.ollama]\nurl = 'http://localhost:11434/v1/'"
    assert read_settings(written(tmp_path, text)).connections["ollama"].url == "http://localhost:11434/v1"


def test_names_of_embedders_that_the_one_here_stands_in_for_are_a_list(tmp_path: Path) -> None:
    text = '[embeddings]\nnames = ["Text-Embedding-005", "textembedding-gecko@003"]'
    assert read_settings(written(tmp_path, text)).embedders == {"text-embedding-005", "textembedding-gecko@003"}
    with pytest.raises(UserError, match="names must be a list of texts, not 'text-embedding-005'"):
        read_settings(written(tmp_path, '[embeddings]\nnames = "text-embedding-005"'))
