"""Ctrl-C while a model is searched for: the first keeps the best so far, the second leaves everything as it was."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from penstock.engine.interruption import Searches, ending_searches_first

RUN = """
import signal, sys
from penstock.connection import open_connection

# A shell that starts the tests in the background has its children ignore the signal.
signal.signal(signal.SIGINT, signal.default_int_handler)

def hear(event):
    print(getattr(event, "resource", ""), getattr(event, "note", ""), getattr(event, "message", ""), flush=True)

with open_connection(sys.argv[1], listener=hear) as project:
    try:
        project.run()
    except KeyboardInterrupt:
        print("interrupted", flush=True)
    versions = project.sql("SELECT model_name FROM INFORMATION_SCHEMA.MODELS")
    print("models:", versions.arrow().num_rows, flush=True)
"""
# Enough rows, and something to find in them, so that the search has not ended when the second signal comes.
DRAWN = "SELECT random() AS a, random() AS b FROM range(8000)"
ROWS = f"SELECT *, (a + b + random() > 1.5)::INTEGER AS label FROM ({DRAWN})"
MODEL = "CREATE MODEL m{} OPTIONS (model_type = 'automl_classifier', budget_seconds = 60) AS SELECT * FROM t;"


def ended(folder: Path, models: int, signals: int) -> str:
    """Run a project with so many searches, send the signals when each has found something, and return what is printed
    afterwards.
    """
    (folder / "penstock.toml").write_text("")
    searches = " ".join(MODEL.format(number) for number in range(models))
    (folder / "project.sql").write_text(f"CREATE TABLE t AS {ROWS}; {searches}")
    command = [sys.executable, "-c", RUN, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        said, under_way = "", set()
        while len(under_way) < models:
            assert process.poll() is None, said
            said += (line := process.stdout.readline())
            if "so far, trying" in line:
                under_way.add(line.split()[1])
        process.send_signal(signal.SIGINT)
        while signals == 2 and "putting the best together" not in said:
            # Two signals that come before the first is answered are one.
            assert process.poll() is None, said
            said += process.stdout.readline()
        if signals == 2:
            process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=100)
    return out


@pytest.mark.parametrize("models", [1, 2])
def test_a_first_ctrl_c_ends_the_searches_with_the_best_so_far(tmp_path, models):
    said = ended(tmp_path, models, 1)
    assert said.count("The search was stopped by hand after") == models
    assert "interrupted" not in said
    assert f"models: {models}" in said


def test_a_second_ctrl_c_leaves_no_model(tmp_path):
    said = ended(tmp_path, 1, 2)
    assert "interrupted" in said
    assert "Traceback" not in said
    assert "models: 0" in said


def test_a_second_ctrl_c_that_python_drops_is_seen_by_the_search():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    searches = Searches()
    try:
        with searches.one() as asked, ending_searches_first(searches):
            signal.raise_signal(signal.SIGINT)
            assert asked()
            with contextlib.suppress(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
            with pytest.raises(KeyboardInterrupt):
                asked()
    finally:
        signal.signal(signal.SIGINT, before)


def test_without_a_search_ctrl_c_interrupts():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt), ending_searches_first(Searches()):
            signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_program_that_answers_the_signal_itself_goes_on_doing_so():
    answered = []
    before = signal.signal(signal.SIGINT, lambda number, frame: answered.append(number))
    searches = Searches()
    try:
        with searches.one() as asked, ending_searches_first(searches):
            signal.raise_signal(signal.SIGINT)
            assert not asked()
    finally:
        signal.signal(signal.SIGINT, before)
    assert answered == [signal.SIGINT]


def test_a_search_that_began_later_is_not_asked():
    searches = Searches()
    with searches.one() as first:
        assert searches.ask_to_end()
        assert not searches.ask_to_end()
        with searches.one() as second:
            assert first()
            assert not second()
            assert searches.ask_to_end()
            assert second()
    assert not searches.ask_to_end()
