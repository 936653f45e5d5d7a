"""What a search takes of the machine is told, and is no more than it was given."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from penstock.learn.automl.usage import free_memory

# In a process of its own, in which nothing else works.
SEARCH = """
import json
import numpy as np
import pyarrow as pa
from penstock.core.options import GivenOption
from penstock.learn.training import train

random = np.random.default_rng(1)
x = random.normal(size=(1200, 8))
table = pa.table({f"x{place}": column for place, column in enumerate(x.T)} | {"y": x[:, 0] * x[:, 1] + x[:, 2] > 0})
options = {"model_type": "automl_classifier", "input_label_cols": ["y"], "max_candidates": 3, "budget_seconds": 12}
given = {name: GivenOption(value) for name, value in options.items()}
model = train(table, given, seed=1, threads=1, progress=lambda done, most, note: None)
print(json.dumps(model.manifest.details["search"]["used"]))
"""


def test_one_thread_is_one_processor_and_the_memory_is_its_own():
    held = np.ones(800_000_000, dtype=np.int8)  # Linux hands the peak of who starts a process on to it
    done = subprocess.run([sys.executable, "-c", SEARCH], capture_output=True, text=True, check=True)
    assert held[-1] == 1
    used = json.loads(done.stdout)
    assert used["threads"] == 1
    assert 0 < used["cpu_seconds"] < 1.15 * used["seconds"]
    assert 50 < used["peak_memory_mb"] < 600


def machine(root, files: dict[str, str]):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


WHOLE = {"proc/meminfo": "MemTotal:  9000 kB\nMemAvailable:  4000 kB\n"}
GROUP, EARLIER = "sys/fs/cgroup/memory.", "sys/fs/cgroup/memory/memory."


@pytest.mark.parametrize(
    ("group", "free"),
    [
        ({}, 4_096_000),
        ({f"{GROUP}max": "max\n", f"{GROUP}current": "100\n"}, 4_096_000),
        ({f"{GROUP}max": "1000", f"{GROUP}current": "900", f"{GROUP}stat": "anon 5\ninactive_file 400\n"}, 500),
        ({f"{GROUP}max": "1000", f"{GROUP}current": "1100"}, 0),
        ({f"{EARLIER}limit_in_bytes": "1000", f"{EARLIER}usage_in_bytes": "300"}, 700),
    ],
    ids=["no group", "no limit", "a group", "a group that is full", "a group of the first version"],
)
def test_free_memory_is_that_of_the_machine_or_of_the_group_that_has_less(tmp_path, group, free):
    assert free_memory(machine(tmp_path, {**WHOLE, **group})) == free


def test_a_system_that_does_not_tell_is_not_guessed(tmp_path):
    assert free_memory(tmp_path) is None
