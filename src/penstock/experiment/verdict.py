"""What an experiment says: intervals in, one of a few words and a sentence out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from penstock.experiment.sample_ratio import SUSPECT
from penstock.experiment.sequential_test import Interval


class Word(StrEnum):
    """How an experiment stands."""

    INVALID = "invalid"
    BETTER = "better"
    WORSE = "worse"
    SAME = "no difference"
    UNDECIDED = "undecided"

    @property
    def decides(self) -> bool:
        """Whether looking on would change nothing."""
        return self in (Word.BETTER, Word.WORSE, Word.SAME)


@dataclass(frozen=True)
class Guarded:
    """A guardrail of a variant: how much is gained by it, None while that is not known, and what may be lost."""

    name: str
    gain: Interval | None
    tolerance: float

    @property
    def fails(self) -> bool:
        """Whether more than the tolerance is surely lost."""
        return self.gain is not None and self.gain.high < -self.tolerance


@dataclass(frozen=True)
class Contender:
    """A variant beside the control: what is gained by it, None while that is not known."""

    variant: str
    gain: Interval | None
    guardrails: tuple[Guarded, ...] = ()

    @property
    def failing(self) -> tuple[str, ...]:
        return tuple(each.name for each in self.guardrails if each.fails)


@dataclass(frozen=True)
class Facts:
    """What a verdict is made of. `min_effect` is the smallest gain that matters; `days_left` what the rows still to
    come would take at the rate so far, None where nobody knows; `ends_in` the days until max_days have passed, and
    `over` whether they have.
    """

    control: str
    contenders: Sequence[Contender]
    min_effect: float
    sample_ratio_p: float
    days_left: float | None
    ends_in: float
    over: bool


@dataclass(frozen=True)
class Verdict:
    """`word` says how it stands, `variant` who is better, if anyone, and `sentence` all of it to a person."""

    word: Word
    sentence: str
    variant: str | None = None


def judged(contender: Contender, min_effect: float) -> Word:
    """Return how one variant stands to the control."""
    if contender.failing:
        return Word.WORSE
    if contender.gain is None:
        return Word.UNDECIDED
    if contender.gain.low > 0:
        return Word.BETTER
    if contender.gain.high < 0:
        return Word.WORSE
    inside = -min_effect < contender.gain.low and contender.gain.high < min_effect
    return Word.SAME if inside else Word.UNDECIDED


def verdict(facts: Facts) -> Verdict:
    """Return what the facts say. A sample ratio that cannot be chance comes before all else, a failing guardrail
    before a gain; of several better variants the one with the greatest gain is named.
    """
    if facts.sample_ratio_p < SUSPECT:
        told = f"the variants did not get the shares that they were told (p = {facts.sample_ratio_p:.1g})"
        return Verdict(Word.INVALID, f"invalid (sample ratio): {told}")
    words = {each.variant: judged(each, facts.min_effect) for each in facts.contenders}
    better = [each for each in facts.contenders if words[each.variant] is Word.BETTER]
    if better:
        best = max(better, key=lambda each: each.gain.effect if each.gain else 0.0)
        return Verdict(Word.BETTER, f"{best.variant} better{_told(best)}", best.variant)
    if words and all(word is Word.WORSE for word in words.values()):
        losses = "; ".join(_loss(each) for each in facts.contenders)
        return Verdict(Word.WORSE, f"{facts.control} better: {losses}", facts.control)
    if words and all(word.decides for word in words.values()):
        return Verdict(Word.SAME, f"no difference of {facts.min_effect:g}{_told(facts.contenders[0])}")
    return Verdict(Word.UNDECIDED, _undecided(facts))


def _undecided(facts: Facts) -> str:
    unknown = [each.variant for each in facts.contenders if each.gain is None]
    why = f"too little is known of {' and '.join(unknown)}" if unknown else ""
    if facts.over:
        return f"undecided at its end: {why}" if why else "undecided at its end"
    if facts.days_left is not None:
        why = f"{_days(facts.days_left)} more at this rate"
        if facts.days_left > facts.ends_in:
            why += f"; it ends in {_days(facts.ends_in)}"
    return f"undecided ({why})" if why else f"undecided (it ends in {_days(facts.ends_in)})"


def _days(days: float) -> str:
    if days < 1:
        return "less than a day"
    whole = round(days)
    return f"{whole:,} day{'' if whole == 1 else 's'}"


def _told(contender: Contender) -> str:
    gain = contender.gain
    return "" if gain is None else f": a gain of {gain.effect:+.3g} ({gain.low:+.3g} to {gain.high:+.3g})"


def _loss(contender: Contender) -> str:
    if contender.failing:
        return f"{contender.variant} fails {', '.join(contender.failing)}"
    return f"{contender.variant}{_told(contender).replace(':', ',', 1)}"
