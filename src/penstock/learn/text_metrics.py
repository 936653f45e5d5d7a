"""How near written texts come to the wanted ones: BLEU, ROUGE-L, exact matches, and classes named as words.

BLEU: Papineni, Roukos, Ward and Zhu, BLEU: a method for automatic evaluation of machine translation, 2002, with one
wanted text a row, over all rows together. ROUGE-L: Lin, ROUGE: a package for automatic evaluation of summaries, 2004,
section 3, with F of precision and recall weighed alike, the mean over the rows.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LONGEST_GRAM = 4
# Han letters and kana stand without spaces between words: each counts as one. Hangul has spaces.
_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_WORDS = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")
_WORDS_AND_SIGNS = re.compile(rf"{_WORDS.pattern}|[^\w\s]")


@dataclass(frozen=True)
class ClassScore:
    """How well one class was told from the others; NaN where a part is not defined."""

    label: str
    precision: float
    recall: float
    f1_score: float


def bleu(written: Sequence[str], wanted: Sequence[str]) -> float:
    """Return BLEU-4 of all rows together, from 0 to 1; NaN without a row. Case and punctuation count.

    A text shorter than four words has fewer grams: where no row has a gram of some length, that length is left out.
    """
    if not written:
        return math.nan
    matched, made = [0] * LONGEST_GRAM, [0] * LONGEST_GRAM
    long_written = long_wanted = 0
    for text, reference in zip(written, wanted, strict=True):
        own, other = _WORDS_AND_SIGNS.findall(text), _WORDS_AND_SIGNS.findall(reference)
        long_written += len(own)
        long_wanted += len(other)
        for length in range(1, LONGEST_GRAM + 1):
            ours, theirs = _grams(own, length), _grams(other, length)
            # Each gram counts at most as often as the wanted text has it.
            matched[length - 1] += (ours & theirs).total()
            made[length - 1] += ours.total()
    shares = [hits / count for hits, count in zip(matched, made, strict=True) if count]
    if not shares or not all(shares):
        return 0.0
    brevity = min(0.0, 1 - long_wanted / long_written)
    return math.exp(brevity + sum(map(math.log, shares)) / len(shares))


def _grams(words: Sequence[str], length: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(words[begin : begin + length]) for begin in range(len(words) - length + 1))


def rouge_l(written: Sequence[str], wanted: Sequence[str]) -> Mapping[str, float]:
    """Return precision, recall and F1 of the longest common subsequences of words, means over the rows, 0 to 1.

    Case and punctuation do not count. NaN without a row.
    """
    if not written:
        return dict.fromkeys(("precision", "recall", "f1_score"), math.nan)
    found = [_rouge_row(_folded(text), _folded(reference)) for text, reference in zip(written, wanted, strict=True)]
    means = (math.fsum(column) / len(found) for column in zip(*found, strict=True))
    return dict(zip(("precision", "recall", "f1_score"), means, strict=True))


def _folded(text: str) -> list[str]:
    return _WORDS.findall(text.casefold())


def _rouge_row(written: Sequence[str], wanted: Sequence[str]) -> tuple[float, float, float]:
    common = common_length(written, wanted)
    if not common:
        return 0.0, 0.0, 0.0
    precision, recall = common / len(written), common / len(wanted)
    return precision, recall, 2 * precision * recall / (precision + recall)


def common_length(first: Sequence[str], second: Sequence[str]) -> int:
    """Return the length of the longest common subsequence.

    A row of the usual table is one whole number, a bit a word (Hyyrö, Bit-parallel LCS-length computation revisited,
    2004): texts of thousands of words take milliseconds.
    """
    places: dict[str, int] = {}
    for place, word in enumerate(first):
        places[word] = places.get(word, 0) | 1 << place
    every = (1 << len(first)) - 1
    row = every
    for word in second:
        hit = row & places.get(word, 0)
        row = (row + hit | row - hit) & every
    return len(first) - row.bit_count()


def exact_match(written: Sequence[str], wanted: Sequence[str]) -> float:
    """Return the share of the rows whose texts are the same but for white space around them; NaN without a row."""
    pairs = list(zip(written, wanted, strict=True))
    return sum(text.strip() == reference.strip() for text, reference in pairs) / len(pairs) if pairs else math.nan


def class_scores(written: Sequence[str], wanted: Sequence[str]) -> list[ClassScore]:
    """Return a score for each class that was wanted, in order; white space and case do not count.

    A text that names no class that was wanted is wrong for the one that was.
    """
    answers = [text.strip().casefold() for text in written]
    # A class is shown as it was written first.
    shown: dict[str, str] = {}
    for text in wanted:
        shown.setdefault(text.strip().casefold(), text.strip())
    right = Counter(
        label
        for answer, label in zip(answers, (text.strip().casefold() for text in wanted), strict=True)
        if answer == label
    )
    said, there = Counter(answers), Counter(text.strip().casefold() for text in wanted)
    return [
        ClassScore(
            shown[label],
            right[label] / said[label] if said[label] else math.nan,
            right[label] / there[label],
            2 * right[label] / (said[label] + there[label]),
        )
        for label in sorted(shown)
    ]
