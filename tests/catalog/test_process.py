from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

from penstock.catalog.process import has_ended, this_process


def test_a_living_process_has_not_ended():
    assert not has_ended(this_process())


def test_a_process_that_got_a_dead_ones_number_is_another():
    assert has_ended(replace(this_process(), born="1"))


def test_nothing_is_known_about_another_machine():
    assert not has_ended(replace(this_process(), host="elsewhere", born="1"))


def test_a_process_that_ended_has_ended():
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    assert has_ended(replace(this_process(), pid=child.pid))
