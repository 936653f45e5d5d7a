"""What the texts of a column mean: numbers, money, dates, places, a scale, sentences, or names of something."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import StrEnum

import pyarrow as pa
import pyarrow.compute as pc

from penstock.learn.understanding.stand_in_word import is_stand_in
from penstock.learn.understanding.text_reading import (
    CODE,
    DATES,
    MONEY,
    NUMBERS,
    PERCENT,
    UNIT,
    WRITTEN,
    Reading,
    of_unit,
)

# So many distinct texts are looked at; a meaning is told when nearly all of them have it.
_MOST_WORDS, _NEARLY_ALL = 2_000, 0.95
# Fewer distinct texts are categories, whatever they look like; so many decide for sentences.
_FEWEST_WORDS, _FEWEST_SENTENCES = 10, 20
# Sentences have so many words; Korean and Chinese say as much in fewer.
_WORDS, _HANGUL_WORDS, _HANGUL_LETTERS = 3.5, 2.5, 12.0
# Of lists in texts, half have several parts, and a part stands in so many lists.
_SEPARATORS, _HAVE_SEVERAL, _LISTS_OF_PART = ("|", ";", ",", "/"), 0.5, 3.0
_LOOKED_AT, _AT_FIRST = 200, 40


class TextKind(StrEnum):
    """The names are those of the findings."""

    NUMBER = "number in a text"
    MONEY = "money in a text"
    PERCENT = "percentage in a text"
    DATE = "date in a text"
    COORDINATES = "coordinates in a text"
    LIST = "list in a text"
    JSON = "JSON in a text"
    ORDINAL = "ordinal"
    FREE_TEXT = "free text"


# What a search may read as what it means.
READABLE = frozenset({TextKind.NUMBER, TextKind.MONEY, TextKind.PERCENT, TextKind.DATE})
_QUANTITIES = (
    *((TextKind.NUMBER, each) for each in NUMBERS),
    *((TextKind.MONEY, each) for each in MONEY),
    *((TextKind.PERCENT, each) for each in PERCENT),
    *((TextKind.NUMBER, each) for each in WRITTEN),
)


@dataclass(frozen=True)
class TextMeaning:
    """`example` is a text that has the meaning, `reading` what makes it what it means; None where no one value does.
    `parts` are the steps of a scale from the lowest, the separator of a list, or the keys of JSON; `otherwise` is
    another reading that fits all texts as well.
    """

    kind: TextKind
    example: str
    reading: Reading | None = None
    parts: tuple[str, ...] = ()
    otherwise: Reading | None = None


_PAIR = r" *\(? *-?\d{1,3}\.\d+ *[,;] *-?\d{1,3}\.\d+ *\)? *"
# Scales whose words have an order; a column has one when it has at least three of its words and no others.
_SCALES: tuple[tuple[str, ...], ...] = (
    ("very low", "low", "medium", "middle", "mid", "moderate", "normal", "high", "very high"),
    ("xxs", "xs", "s", "m", "l", "xl", "xxl"),
    ("extra small", "small", "medium", "large", "extra large"),
    ("never", "rarely", "seldom", "sometimes", "often", "usually", "always"),
    ("very poor", "poor", "fair", "average", "good", "very good", "excellent"),
    ("none", "primary", "secondary", "tertiary"),
    (
        "none",
        "hs-grad",
        "high school",
        "some-college",
        "bachelors",
        "bachelor",
        "masters",
        "master",
        "doctorate",
        "phd",
    ),
    ("strongly disagree", "disagree", "neutral", "agree", "strongly agree"),
    ("very dissatisfied", "dissatisfied", "neutral", "satisfied", "very satisfied"),
    ("bronze", "silver", "gold", "platinum", "diamond"),
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
    (
        *("january", "february", "march", "april", "may", "june", "july", "august", "september", "october"),
        *("november", "december"),
    ),
    ("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
    ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    ("월", "화", "수", "목", "금", "토", "일"),
    ("월요일", "화요일", "수요일", "목요일", "금요일", "토요일", "일요일"),
    ("하", "중하", "중", "중상", "상"),
    ("무학", "초졸", "중졸", "고졸", "전문대졸", "대졸", "석사", "박사"),
    ("매우 낮음", "낮음", "보통", "높음", "매우 높음"),
    ("매우 불만족", "불만족", "보통", "만족", "매우 만족"),
    ("전혀 그렇지 않다", "그렇지 않다", "보통이다", "그렇다", "매우 그렇다"),
)
_PART = r"\d[\d.,]*"
_STEP = rf"[<>≤≥]=?\s?{_PART}|{_PART}\s?(-|~|–|to)\s?{_PART}|{_PART}\s?\+|\d+(st|nd|rd|th|급|등급|위)"
_RANGE = rf"\s*({_STEP})(\s?\p{{L}}+)?\s*"
_FEWEST_STEPS, _MOST_STEPS = 3, 50
_HANGUL = r"(?s).*[\p{Hangul}\p{Han}\p{Hiragana}\p{Katakana}].*"


def meaning_of(texts: pa.Array) -> TextMeaning | None:
    """Return what the texts (n,) mean, blank ones being NULL; None for names of categories or of rows."""
    words = pc.unique(texts.drop_null()).slice(0, _MOST_WORDS)
    if not len(words):
        return None
    date = next((each for each in DATES if _have(words, each.shape)), None)
    if date is not None and len(words) >= _FEWEST_STEPS:
        date, otherwise = _day_and_month(words, date)
        return TextMeaning(TextKind.DATE, _first(words, date.shape), date, (), otherwise)
    steps = _steps(words)
    if steps:
        return TextMeaning(TextKind.ORDINAL, steps[0], None, steps)
    if len(words) < _FEWEST_WORDS:
        return _structure_in(words)
    return _quantity_in(words) or _structure_in(words)


def _day_and_month(words: pa.Array, date: Reading) -> tuple[Reading, Reading | None]:
    """Return how dates are read, and how else they could be: 01/02/2024 is a day of January or of February.

    Dates that come month by month are of one day each.
    """
    swapped = date.short.replace("%m/%d/", "%d/%m/")
    other = next((each for each in DATES if each is not date and each.short == swapped), None)
    if other is None or _matched(words, other.shape) < 1.0:
        return date, None
    parts = pc.extract_regex(words, r"^ *(?P<first>\d+)/(?P<second>\d+)/")
    firsts, seconds = (len(pc.unique(parts.field(name).drop_null())) for name in ("first", "second"))
    return (other, date) if firsts == 1 and seconds > 1 else (date, other)


def _quantity_in(words: pa.Array) -> TextMeaning | None:
    # 00501 is a code; as a number it would lose its zeros.
    digits = pc.any(pc.match_substring_regex(words.slice(0, _LOOKED_AT), "[0-9]")).as_py()
    if not digits or _matched(words, CODE) >= 1 - _NEARLY_ALL:
        return None
    for kind, reading in _QUANTITIES:
        if _have(words, reading.shape):
            return TextMeaning(kind, _first(words, reading.shape), reading)
    if not pc.any(pc.match_substring_regex(words.slice(0, _AT_FIRST), UNIT)).as_py():
        return None
    known = pc.extract_regex(words, UNIT).drop_null()
    if len(known) >= _NEARLY_ALL * len(words):
        found = sorted(pc.unique(known.field("unit")).to_pylist())
        if len(found) == 1 or found[1:] == [f"{found[0]}s"]:
            reading = of_unit(found[0])
            return TextMeaning(TextKind.NUMBER, _first(words, reading.shape), reading)
    return None


def _structure_in(words: pa.Array) -> TextMeaning | None:
    if len(words) >= _FEWEST_WORDS and _matched(words, _PAIR) >= _NEARLY_ALL:
        return TextMeaning(TextKind.COORDINATES, _first(words, _PAIR))
    keys = _keys(words)
    if keys is not None:
        return TextMeaning(TextKind.JSON, words[0].as_py(), None, keys)
    listed = _list_in(words)
    if listed is not None:
        return listed
    return TextMeaning(TextKind.FREE_TEXT, words[0].as_py()) if _are_sentences(words) else None


def _matched(words: pa.Array, pattern: str) -> float:
    """Return the share of texts that a pattern matches as a whole."""
    found: float = pc.mean(pc.match_substring_regex(words, f"^(?:{pattern})$")).as_py()
    return found


def _have(words: pa.Array, pattern: str) -> bool:
    """Say whether nearly all texts are of a shape; a few decide that most are not."""
    few = words.slice(0, _AT_FIRST)
    return _matched(few, pattern) > 0.5 and _matched(words, pattern) >= _NEARLY_ALL


def _first(words: pa.Array, pattern: str) -> str:
    found: str = words.filter(pc.match_substring_regex(words, f"^(?:{pattern})$"))[0].as_py()
    return found


def _steps(words: pa.Array) -> tuple[str, ...]:
    """Return the words of a scale in their order; none where they are no scale."""
    if len(words) > _MOST_STEPS:
        return ()
    own = [word for word in words.to_pylist() if not is_stand_in(word)]
    if len(own) < _FEWEST_STEPS:
        return ()
    known = {word.strip().casefold(): word for word in own}
    for scale in _SCALES:
        if known.keys() <= set(scale):
            return tuple(known[step] for step in scale if step in known)
    if _matched(pa.array(own, pa.large_string()), _RANGE) < _NEARLY_ALL:
        return ()
    return tuple(sorted(own, key=_place))


def _place(step: str) -> tuple[float, int]:
    """Return where a range of numbers stands among others: what is below a number comes before what begins with it."""
    found = re.search(_PART, step)
    least = float(found.group().replace(",", "").rstrip(".") or 0) if found else 0.0
    return least, -1 if re.match(r"\s*[<≤]", step) else int(bool(re.search(r"[>≥+]", step)))


def _keys(words: pa.Array) -> tuple[str, ...] | None:
    """Return the keys of texts that are objects of JSON, nothing of lists; None for other texts."""
    few = words.slice(0, _LOOKED_AT)
    if _matched(few, r"(?s)\s*[\[{].*[\]}]\s*") < _NEARLY_ALL:
        return None
    keys: dict[str, None] = {}
    for word in few.to_pylist():
        try:
            held = json.loads(word)
        except ValueError:
            continue
        keys |= dict.fromkeys(held if isinstance(held, dict) else ())
        if isinstance(held, list):
            keys.setdefault("")
    return tuple(key for key in keys if key) if keys else None


def _list_in(words: pa.Array) -> TextMeaning | None:
    """Return what is written between bars, commas or slashes, where the same parts come again and again."""
    for separator in _SEPARATORS:
        several = pc.match_substring(words, separator)
        if pc.mean(several).as_py() < _HAVE_SEVERAL:
            continue
        parts = pc.list_flatten(pc.split_pattern(words, separator))
        parts = pc.utf8_trim_whitespace(parts)
        kinds = len(pc.unique(parts))
        if 1 < kinds <= len(words) and len(parts) >= _LISTS_OF_PART * kinds:
            return TextMeaning(TextKind.LIST, words.filter(several)[0].as_py(), None, (separator,))
    return None


def _are_sentences(words: pa.Array) -> bool:
    if len(words) < _FEWEST_SENTENCES:
        return False
    counts = pc.mean(pc.list_value_length(pc.utf8_split_whitespace(pc.utf8_trim_whitespace(words)))).as_py()
    if counts >= _WORDS:
        return True
    letters = pc.mean(pc.utf8_length(words)).as_py()
    hangul = _matched(words, _HANGUL)
    return bool(hangul > 0.5 and counts >= _HANGUL_WORDS and letters >= _HANGUL_LETTERS)
