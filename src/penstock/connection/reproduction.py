"""A reproduction from Python: a version trained again, beside what was recorded of it."""

from __future__ import annotations

import pyarrow as pa

from penstock.connection.display import Display, Section
from penstock.connection.relation import Relation
from penstock.engine.reproduction import Reproduction as EngineReproduction


class Reproduction:
    """Whether a version came out the same, and each metric then and now."""

    def __init__(self, result: EngineReproduction) -> None:
        self._result = result
        self.model = result.version.model
        self.version = result.version.number

    @property
    def same(self) -> bool:
        """Whether what the version is made of is the same byte for byte, and every metric is the recorded one."""
        return self._result.same

    @property
    def message(self) -> str:
        """One line on how it came out."""
        what = "graph" if self._result.has_graph else "model"
        graph = f"the same {what}, byte for byte" if self._result.same_graph else f"another {what}"
        again = f"penstock reproduce {self.model}@{self.version}"
        if self._result.by_time and not self._result.same_graph:
            graph += ", for a search comes as far as its time lets it (max_candidates, with time enough, end it)"
        return f"Version {self.version} of {self.model}: {graph}. Once more: {again}"

    def table(self) -> Relation:
        """Return one row a metric: its name, the recorded value, and the value of the training that was done again."""
        metrics = self._result.metrics
        return Relation.of(
            pa.table(
                {
                    "metric": pa.array([name for name, _, _ in metrics], pa.string()),
                    "recorded": pa.array([then for _, then, _ in metrics], pa.float64()),
                    "again": pa.array([now for _, _, now in metrics], pa.float64()),
                }
            )
        )

    def __repr__(self) -> str:
        return self._display().text()

    def _repr_html_(self) -> str:
        return self._display().html()

    def _display(self) -> Display:
        return Display(self.message, (Section("", self.table().arrow()),))
