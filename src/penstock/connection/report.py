"""The report of a version, from Python: as text, as a page, as JSON."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any

from penstock.connection.forecast_page import forecast_page
from penstock.connection.forecast_text import forecast_text
from penstock.connection.report_page import report_page
from penstock.connection.report_text import report_text
from penstock.core.errors import StorageFailure
from penstock.learn.report.forecast_report import ForecastReport
from penstock.learn.report.model_report import ModelReport

Json = Any


class Report:
    """How good a version is and why: metrics beside a baseline, what was tried, where it errs."""

    def __init__(self, report: ModelReport | ForecastReport) -> None:
        self._report = report

    def text(self, width: int | None = None) -> str:
        """Return the report as text of a screenful, for a terminal so many characters wide."""
        found = self._report
        return forecast_text(found, width) if isinstance(found, ForecastReport) else report_text(found, width)

    def html(self) -> str:
        """Return the report as a page that needs nothing beside itself."""
        found = self._report
        return forecast_page(found) if isinstance(found, ForecastReport) else report_page(found)

    def json(self) -> dict[str, Json]:
        """Return the report as plain dicts, lists, texts and numbers."""
        return self._report.as_json()

    def save(self, path: str | PathLike[str]) -> None:
        """Write the page to a file. Raises StorageFailure when it cannot be written."""
        write_text(Path(path), self.html())

    def __repr__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        # Within a notebook a page would bring its style over all of it.
        return f'<iframe srcdoc="{_attribute(self.html())}" style="width: 100%; height: 720px; border: 0"></iframe>'


def write_text(path: Path, content: str) -> None:
    """Write a text file. Raises StorageFailure when it cannot be written."""
    try:
        path.write_text(content, encoding="utf-8")
    except OSError as problem:
        raise StorageFailure.of(f"{path} cannot be written: {problem.strerror or problem}.") from problem


def _attribute(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;")
