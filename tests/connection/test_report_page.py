"""A report as a page and as text: whole, safe, without the network."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest

from penstock.connection.report import Report
from penstock.connection.report_page import report_page
from penstock.connection.report_text import report_text
from penstock.connection.report_word import headline, more_rows, number, served, size
from penstock.connection.svg_plot import (
    across,
    band_plot,
    calibration_plot,
    curve_plot,
    histogram_plot,
    short,
    upwards,
)
from penstock.core.errors import StorageFailure
from penstock.learn.report.confusion import confusion_of
from penstock.learn.report.model_report import Left, Metric, ModelReport, Served, Tried
from penstock.learn.report.reliability import calibration_of
from penstock.learn.report.residual import residuals_of

HOSTILE = "<script>alert('나')</script>&\""
CURVE = {
    "candidate": "trees",
    "metric": "roc_auc",
    "more_is_better": True,
    "folds": 5,
    "points": [{"rows": 100, "score": 0.7}, {"rows": 200, "score": 0.74}, {"rows": 400, "score": 0.76}],
    "doubling": 0.01,
    "error": 0.002,
}
SLICE = {
    "column": HOSTILE,
    "slice": "서울",
    "rows": 40,
    "loss": 0.9,
    "rest": 0.4,
    "baseline": 0.6,
    "p_value": 0.001,
    "sure": True,
    "measures": {},
}
GROUP = {
    "column": "성별",
    "groups": [
        {"slice": "여", "rows": 50, "measures": {"accuracy": 0.9, "true_positive_rate": None}},
        {"slice": "남", "rows": 50, "measures": {"accuracy": 0.7, "true_positive_rate": 0.2}},
    ],
    "gaps": {"accuracy": {"gap": 0.2, "p_value": 0.01, "sure": True}},
}


@pytest.fixture
def report() -> ModelReport:
    """A report with every part and hostile names."""
    random = np.random.default_rng(0)
    said = random.random(400)
    actual = (random.random(400) < said).astype(np.int64)
    return ModelReport(
        model=HOSTILE,
        version=3,
        model_type="automl_classifier",
        task="classification",
        label="해지",
        created_at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
        train_rows=400,
        held_out_rows=0,
        judged_rows=400,
        judged_on="all rows",
        features=2,
        metrics=(Metric("roc_auc", 0.8123, 0.5, False), Metric("log_loss", None, None, True)),
        baseline="the most frequent class, 'no', for every row",
        served=Served(12.5, 20_480),
        search={"metric": "roc_auc", "seconds": 9.6},
        leaderboard=(
            Tried("trees", "boosted_trees", {"learning_rate": 0.05}, 0.81, 1.0, 1.25, 3.5, 10_000),
            Tried("linear", "logistic_reg", {}, 0.7, 0.0, None, None, None),
        ),
        skipped=(Left("catboost", "penstock[catboost] is not installed"),),
        findings=(
            {"kind": "identifier", "columns": ["id"], "severity": "warning", "message": HOSTILE, "done": "Out."},
        ),
        derived=(
            {"kind": "dates", "kept": False, "seconds": 0.1, "skipped": "no time left"},
            {"kind": "arithmetic", "kept": True, "seconds": 0.7},
        ),
        serving={
            "optimize": "BALANCED",
            "max_latency_ms": 5.0,
            "max_memory_mb": None,
            "form": "distilled",
            "within_limits": True,
            "tried": [
                {"form": "ensemble", "members": 3, "score": 0.81, "latency_ms": 9.0, "load_ms": 50.0, "size_bytes": 99},
                {"form": "distilled", "members": 1, "score": 0.8, "latency_ms": 0.5, "load_ms": 5.0, "size_bytes": 9},
            ],
        },
        learning_curve=CURVE,
        calibration=calibration_of(actual == 1, said, "of yes"),
        confusion=confusion_of(actual, (said > 0.5).astype(np.int64), ("no", HOSTILE)),
        residuals=None,
        importance=({"feature": HOSTILE, "attribution": 0.5}, {"feature": "나이", "attribution": 0.1}),
        slices={"rows": 400, "slices": 9, "loss": "log_loss", "overall": {}, "worst": [SLICE], "groups": [GROUP]},
        notes=("a note",),
    )


class _Tags(HTMLParser):
    """The tags of a page and whether each that is opened is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.open: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in ("meta", "br", "wbr"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)


def test_a_page_holds_every_part_runs_nothing_and_asks_nobody(report: ModelReport) -> None:
    page = report_page(report)
    tags = _Tags()
    tags.feed(page)
    assert "script" not in tags.seen
    assert not {"link", "img", "iframe", "object"} & tags.seen
    assert tags.addresses == []
    assert "@import" not in page
    assert "url(" not in page
    assert tags.open == []
    assert "&lt;script&gt;" in page
    headings = ("How good it is", "What it looks at", "What was tried", "Given up", "What the table is like")
    more = ("Do probabilities mean", "What is taken for what", "How much would more rows", "Where it errs more")
    assert "What is served" in page
    assert "arithmetic kept" in page
    for words in (*headings, *more, "Gaps between groups", "Notes", "0.8123", "서울", "성별", "20.5 kB"):
        assert words in page, words


def test_whose_search_it_was_is_told(report: ModelReport) -> None:
    assert report.search is not None
    other = replace(report, search={**report.search, "engine": {"name": "autogluon", "version": "1.6.3"}})
    assert "tried by AutoGluon 1.6.3 in 10 s" in report_text(other, 100)
    assert "AutoGluon" not in report_text(report, 100)


def test_a_terminal_shows_the_same_in_a_screenful(report: ModelReport) -> None:
    text = report_text(report, 100)
    assert text.startswith(f"{HOSTILE}@3: automl_classifier for 해지\nroc_auc 0.8123; the most frequent class")
    assert "given up: catboost (penstock[catboost] is not installed)" in text
    assert "twice as many rows would give about +0.01 more" in text
    assert "서울" in text
    assert "성별: accuracy 0.2" in text
    assert "Served: distilled; one row takes 0.5 ms." in text
    assert "Columns made of others: arithmetic kept; dates not (no time left)." in text
    assert text.count("\n") < 60


def test_parts_that_a_model_has_not_are_left_out(report: ModelReport) -> None:
    bare = replace(
        report,
        metrics=(),
        search=None,
        leaderboard=(),
        skipped=(),
        findings=(),
        derived=(),
        serving=None,
        learning_curve=None,
        calibration=None,
        confusion=None,
        importance=(),
        slices=None,
        notes=(),
        served=Served(None, 0),
    )
    assert "Nothing could be measured." in report_page(bare)
    assert "What was tried" not in report_page(bare)
    assert "Nothing could be measured." in report_text(bare)
    assert json.loads(json.dumps(Report(bare).json()))["slices"] is None


def test_plots_are_well_formed_whatever_the_numbers(report: ModelReport) -> None:
    same = residuals_of(np.ones(50), np.ones(50))
    wide = residuals_of(np.array([1e12, -1e12, 3.0] * 20), np.zeros(60))
    one = residuals_of(np.array([2.0]), np.array([1.0]))
    assert report.calibration is not None
    plots = [calibration_plot(report.calibration), curve_plot([20, 40], [0.5, 0.5], HOSTILE)]
    for found in (same, wide, one):
        assert found is not None
        plots += [histogram_plot(found), band_plot(found)]
    for plot in plots:
        root = ElementTree.fromstring(plot)
        assert root.get("viewBox") == "0 0 400 260"
        assert "nan" not in plot
        assert "inf" not in plot


def test_axes_have_round_numbers_and_keep_their_ends() -> None:
    axis = across(0, 1)
    assert axis.ticks() == [0, 0.2, 0.4, 0.6, 0.8, 1.0]
    assert axis.at(0) < axis.at(0.5) < axis.at(1)
    assert upwards(0, 10).at(0) > upwards(0, 10).at(10)
    assert upwards(5, 5).ticks() == [5]
    assert [short(value) for value in (1_408, 56_340, 2.5e6, 0.25, -12_000)] == [
        "1,408",
        "56.34k",
        "2.5M",
        "0.25",
        "-12k",
    ]


def test_sentences_say_what_is_so(report: ModelReport) -> None:
    assert headline(report) == "roc_auc 0.8123; the most frequent class, 'no', for every row would have 0.5."
    level = replace(report, learning_curve={**CURVE, "doubling": 0.001})
    assert more_rows(level).endswith("twice as many rows would give little or nothing more.")
    none = replace(report, learning_curve={"skipped": "the search has used its time up"})
    assert more_rows(none) == "There is no learning curve: the search has used its time up."
    assert [number(value) for value in (None, 0.12345, 12_345.6, 5)] == ["–", "0.1235", "12,346", "5"]
    assert [size(value) for value in (None, 12, 20_480, 3_200_000)] == ["–", "12 B", "20.5 kB", "3.2 MB"]


def test_a_page_is_saved_and_a_folder_that_is_not_there_is_told(report: ModelReport, tmp_path) -> None:
    Report(report).save(tmp_path / "r.html")
    assert (tmp_path / "r.html").read_text(encoding="utf-8") == Report(report).html()
    with pytest.raises(StorageFailure, match="cannot be written"):
        Report(report).save(tmp_path / "none" / "r.html")
    assert 'srcdoc="&lt;' not in Report(report)._repr_html_()
    assert "<script" not in Report(report)._repr_html_()


def test_bars_of_candidates_begin_at_what_one_answer_has(report: ModelReport) -> None:
    page = report_page(report)
    # 0.5 of one answer, 0.81 of the best: the second candidate's 0.7 is 65 % of the way.
    assert "A bar begins at 0.5, which one answer for every row has." in page
    assert 'style="width: 100.0%"' in page
    assert 'style="width: 64.5%"' in page


def test_what_a_smaller_form_costs_is_said(report: ModelReport) -> None:
    assert served(report) == "Served: distilled; one row takes 0.5 ms."
    told = [{**each, "ensemble_score": 0.8123} for each in report.serving["tried"]]
    small = replace(report, serving={**report.serving, "tried": told})
    assert served(small) == "Served: distilled; one row takes 0.5 ms; roc_auc 0.8, 0.8123 of the ensemble."
    whole = replace(report, serving={**report.serving, "tried": told, "form": "ensemble"})
    assert served(whole) == "Served: ensemble; one row takes 9 ms."
    checked = replace(report, serving={**report.serving, "parity": {"rows": 100, "difference": 3.2e-16}})
    said = "Served: distilled; one row takes 0.5 ms; on 100 rows its graph is within 3e-16 of its members."
    assert served(checked) == said


def test_a_learning_curve_names_its_candidate_and_what_judged_it(report: ModelReport) -> None:
    assert more_rows(report).startswith("roc_auc of trees went from 0.7 with 100 rows to 0.76 with 400;")
    one = replace(report, learning_curve={**CURVE, "folds": 1})
    assert more_rows(one).startswith("roc_auc of trees by the rows of one fold went from 0.7 ")


def test_what_a_search_took_of_the_machine_is_told(report: ModelReport) -> None:
    assert report.search is not None
    used = {"seconds": 9.6, "cpu_seconds": 18.2, "threads": 2, "peak_memory_mb": 812.4}
    told = replace(report, search={**report.search, "used": used})
    said = "It took 18 s of processors on 2 threads, and 812 MB of memory at its peak."
    assert said in report_text(told, 100)
    assert said in report_page(told)
    assert "of processors" not in report_text(report, 100)


def test_what_a_terminal_does_not_show_is_counted(report: ModelReport) -> None:
    many = replace(report, skipped=tuple(Left(f"c{n}", "no time") for n in range(5)), notes=tuple(map(str, range(9))))
    text = report_text(many, 100)
    assert "… 2 more given up" in text
    assert "… 3 more" in text.splitlines()
