"""What is said of which intervals."""

from __future__ import annotations

from dataclasses import replace

import pytest

from penstock.experiment.sequential_test import Interval
from penstock.experiment.verdict import Contender, Facts, Guarded, Word, verdict


def around(effect: float, half: float = 0.01) -> Interval:
    return Interval(effect, effect - half, effect + half)


def facts(*contenders: Contender) -> Facts:
    return Facts("champion", contenders, 0.02, sample_ratio_p=0.6, days_left=3.2, ends_in=9.0, over=False)


@pytest.mark.parametrize(
    ("gain", "word", "sentence"),
    [
        (around(0.03), Word.BETTER, "candidate better: a gain of +0.03 (+0.02 to +0.04)"),
        (around(0.013), Word.BETTER, "candidate better: a gain of +0.013 (+0.003 to +0.023)"),
        (around(-0.03), Word.WORSE, "champion better: candidate, a gain of -0.03 (-0.04 to -0.02)"),
        (around(0.005), Word.SAME, "no difference of 0.02: a gain of +0.005 (-0.005 to +0.015)"),
        (around(0.005, 0.1), Word.UNDECIDED, "undecided (3 days more at this rate)"),
        (None, Word.UNDECIDED, "undecided (3 days more at this rate)"),
    ],
)
def test_an_interval_decides(gain: Interval | None, word: Word, sentence: str) -> None:
    found = verdict(facts(Contender("candidate", gain)))
    assert (found.word, found.sentence) == (word, sentence)


def test_wrong_shares_come_before_the_greatest_gain() -> None:
    found = verdict(replace(facts(Contender("candidate", around(0.5))), sample_ratio_p=0.0004))
    assert found.word is Word.INVALID
    assert found.sentence == (
        "invalid (sample ratio): the variants did not get the shares that they were told (p = 0.0004)"
    )


def test_a_guardrail_that_surely_fails_outweighs_a_gain() -> None:
    lost = Guarded("log_loss", around(-0.05), 0.01)
    assert verdict(facts(Contender("candidate", around(0.5), (lost,)))).sentence == (
        "champion better: candidate fails log_loss"
    )
    borne = replace(lost, tolerance=0.1)
    assert verdict(facts(Contender("candidate", around(0.5), (borne,)))).word is Word.BETTER
    unsure = replace(lost, gain=around(-0.05, 0.2))
    assert verdict(facts(Contender("candidate", around(0.5), (unsure,)))).word is Word.BETTER


def test_of_several_the_one_with_the_greatest_gain_is_named() -> None:
    found = verdict(facts(Contender("2", around(0.03)), Contender("3", around(0.05)), Contender("4", around(-0.1))))
    assert (found.word, found.variant) == (Word.BETTER, "3")
    worse = verdict(facts(Contender("2", around(-0.1)), Contender("3", around(0.0, 0.5))))
    assert worse.word is Word.UNDECIDED
    assert verdict(facts(Contender("2", around(-0.1)), Contender("3", around(0.0)))).word is Word.SAME


def test_what_is_missing_is_said_in_days() -> None:
    open_one = Contender("candidate", around(0.0, 0.5))
    assert verdict(replace(facts(open_one), days_left=0.4)).sentence == "undecided (less than a day more at this rate)"
    assert verdict(replace(facts(open_one), days_left=30.0)).sentence == (
        "undecided (30 days more at this rate; it ends in 9 days)"
    )
    assert verdict(replace(facts(open_one), days_left=None)).sentence == "undecided (it ends in 9 days)"
    unknown = replace(facts(Contender("candidate", None)), days_left=None)
    assert verdict(unknown).sentence == "undecided (too little is known of candidate)"
    assert verdict(replace(unknown, over=True)).sentence == "undecided at its end: too little is known of candidate"
    assert verdict(replace(facts(open_one), over=True)).sentence == "undecided at its end"
