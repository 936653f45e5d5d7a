"""What is wrong with a penstock.toml is told with the line and column of the section or setting."""

from __future__ import annotations

from pathlib import Path

import pytest

from penstock.core.errors import UserError
from penstock.core.settings import read_settings


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[project]\nname = "x"\n nam = "y"\n', ["3:2 There is no setting 'nam' in [project]."]),
        ("# first\n[server]\n", ["2:2 There is no section [server]."]),
        ("compute = 3\n", ["1:1 [compute] must be a section."]),
        ("[project\n", ["1:9 penstock.toml cannot be read: Expected ']' at the end of a table declaration."]),
        ('[serve]\n"port" = "80"\n', ["2:1 port must be an integer, not '80'."]),
        (
            "[project]\nseed = true\nname = 5\n",
            ["2:1 seed must be an integer, not True.", "3:1 name must be a text, not 5."],
        ),
        ("[serve]\nport = 70000\n", ["2:1 port must lie between 0 and 65535, not 70000."]),
        ("[compute]\nthreads = 0\n", ["2:1 threads must be at least 1, not 0."]),
        ("[project]\ndialect = 'mysql'\n", ["2:1 dialect must be 'duckdb' or 'bigquery', not 'mysql'."]),
        ("[storage]\ndata = 'ftp://x'\n", ["2:1 data must be a folder or an address that begins with s3://."]),
        ("project = {nam = 'x'}\n", ["1:1 There is no setting 'nam' in [project]."]),
    ],
)
def test_each_finding_stands_at_its_line(tmp_path: Path, text: str, told: list[str]) -> None:
    (tmp_path / "penstock.toml").write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        read_settings(tmp_path, {})
    spans = [(found, found.span) for found in caught.value.diagnostics]
    assert [f"{span.line}:{span.column} {found.message}" for found, span in spans if span] == told
    assert all(span and span.path == str(tmp_path / "penstock.toml") for _, span in spans)


def test_a_file_in_another_encoding_is_told(tmp_path: Path) -> None:
    (tmp_path / "penstock.toml").write_bytes('name = "수요"'.encode("cp949"))
    with pytest.raises(UserError, match="is not UTF-8 text"):
        read_settings(tmp_path, {})
