"""What a search takes of the machine is told, and is no more than it was given."""

from __future__ import annotations

import json
import subprocess
import sys

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


def test_one_thread_is_one_processor():
    done = subprocess.run([sys.executable, "-c", SEARCH], capture_output=True, text=True, check=True)
    used = json.loads(done.stdout)
    assert used["threads"] == 1
    assert 0 < used["cpu_seconds"] < 1.15 * used["seconds"]
    assert 50 < used["peak_memory_mb"] < 2_000
