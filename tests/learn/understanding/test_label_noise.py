"""Confident learning: counts by hand, and labels that were turned are found."""

from __future__ import annotations

import time

import numpy as np
import pyarrow as pa

from penstock.learn.splitting import row_fingerprints
from penstock.learn.understanding.label_noise import confident_joint, noise_findings, suspect_labels, suspects_of


def test_the_confident_joint_of_a_few_rows_by_hand():
    given = np.array([0, 0, 0, 1, 1, 1])
    first = np.array([0.9, 0.8, 0.1, 0.2, 0.3, 0.85])
    joint, sure = confident_joint(np.column_stack([first, 1 - first]), given)
    # The thresholds are the means 0.6 and 0.55: the third row counts for the second class, the last for the first.
    assert joint.tolist() == [[2, 1], [1, 2]]
    assert np.isclose(sure, (0.6 + 0.55) / 2)


def test_a_row_below_every_threshold_counts_nowhere():
    given = np.array([0, 0, 1, 1])
    first = np.array([1.0, 0.6, 0.5, 0.0])
    joint, _ = confident_joint(np.column_stack([first, 1 - first]), given)
    assert joint.tolist() == [[1, 0], [0, 1]]


def test_labels_that_were_turned_are_counted():
    random = np.random.default_rng(2)
    true = random.integers(0, 3, 900)
    probabilities = np.full((900, 3), 0.02)
    probabilities[np.arange(900), true] = 0.96
    given = true.copy()
    given[:40] = (true[:40] + 1) % 3
    (found,) = noise_findings(suspects_of(probabilities, given.astype(float)), ("a", "b", "c"), "kind")
    assert found.message.startswith("40 rows (4.4 %) are labelled 'kind' otherwise")
    assert found.severity == "warning"
    assert not list(noise_findings(suspects_of(probabilities, true.astype(float)), ("a", "b", "c"), "kind"))


def test_as_many_are_suspect_as_the_joint_says_scaled_to_the_class_and_the_surest_first():
    given = np.repeat([0, 1], 100)
    first = np.where(given == 0, 0.9, 0.1)
    # Of the first class ten rows are surely of the other, ten look rather like it, ten are in doubt.
    first[:10], first[10:20], first[20:30] = 0.0, 0.3, 0.6
    probabilities = np.column_stack([first, 1 - first])
    found = suspects_of(probabilities, given.astype(float))
    # 70 rows count for their own class (0.9 is above the mean), 10 for the other: 10 / 80 of 100 rows, of which 20
    # are likelier of the other class.
    assert found.rows.tolist() == [*range(10), 10, 11]
    assert found.likely.tolist() == [1] * 12
    assert found.of_given.tolist() == [0.0] * 10 + [0.3] * 2
    rows = suspect_labels(found, pa.table({"x": np.arange(200)}), ("a", "나"))
    assert [each["of_likely"] for each in rows] == (1 - found.of_given).tolist()
    assert {(each["label"], each["likely"]) for each in rows} == {("a", "나")}
    wanted = row_fingerprints(pa.table({"x": found.rows}))
    assert [int(each["row"], 16) for each in rows] == wanted.tolist()


def test_rows_that_no_fold_judged_do_not_count():
    probabilities = np.full((200, 2), np.nan)
    assert not list(noise_findings(suspects_of(probabilities, np.zeros(200)), ("a", "b"), "kind"))


def test_a_thousand_classes_take_no_longer_than_their_rows():
    random = np.random.default_rng(3)
    true = np.arange(20_000) % 1_000
    probabilities = np.full((20_000, 1_000), 1e-4)
    probabilities[np.arange(20_000), true] = 0.9
    given = np.where(random.random(20_000) < 0.5, random.integers(0, 1_000, 20_000), true)
    began = time.process_time()
    found = suspects_of(probabilities, given.astype(float))
    # Nearly ten thousand pairs of classes: two seconds and more where each looks at all rows.
    assert time.process_time() - began < 1.5
    assert (found.likely == true[found.rows]).mean() > 0.99
    assert len(found.rows) > 9_000
