"""What the texts of a column mean: numbers, money, dates, places, a scale, sentences, or names of something."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import pyarrow as pa
import pyarrow.compute as pc

# So many distinct texts are looked at; a meaning is told when nearly all of them have it.
_MOST_WORDS, _NEARLY_ALL = 2_000, 0.95
# Fewer distinct texts are categories, whatever they look like; so many decide for sentences.
_FEWEST_WORDS, _FEWEST_SENTENCES = 10, 20
# Sentences have so many words; Korean and Chinese say as much in fewer.
_WORDS, _HANGUL_WORDS, _HANGUL_LETTERS = 3.5, 2.5, 12.0


class TextKind(StrEnum):
    """The names are those of the findings."""

    NUMBER = "number in a text"
    MONEY = "money in a text"
    PERCENT = "percentage in a text"
    DATE = "date in a text"
    COORDINATES = "coordinates in a text"
    ORDINAL = "ordinal"
    FREE_TEXT = "free text"


@dataclass(frozen=True)
class TextMeaning:
    """`sql` reads a text as what it means, in DuckDB, `{}` being the column; None where no expression does. `example`
    is a text of the column.
    """

    kind: TextKind
    example: str
    sql: str | None = None


_NUMBER = r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$"
_CODE = r"^\s*0\d+\s*$"
_AMOUNT = r"[+-]?\d[\d,]*(\.\d+)?"
_SIGNS = r"(US\$|[$€£¥₩￦]|USD|EUR|KRW|JPY|GBP)"
_UNITS = r"(원|달러|엔|유로|[$€£¥₩￦]|USD|EUR|KRW|JPY|GBP)"
_BARE = "TRY_CAST(regexp_replace({}, '[^0-9.eE+-]', '', 'g') AS DOUBLE)"
# In the order in which they are asked.
_PATTERNS: tuple[tuple[TextKind, str, str | None], ...] = (
    (TextKind.NUMBER, _NUMBER, "TRY_CAST({} AS DOUBLE)"),
    (TextKind.NUMBER, rf"^\s*{_AMOUNT}\s*$", "TRY_CAST(replace({}, ',', '') AS DOUBLE)"),
    (TextKind.MONEY, rf"^\s*[+-]?\s*{_SIGNS}\s*{_AMOUNT}\s*$", _BARE.replace("eE", "")),
    (TextKind.MONEY, rf"^\s*{_AMOUNT}\s*{_UNITS}\s*$", _BARE.replace("eE", "")),
    (TextKind.PERCENT, rf"^\s*{_AMOUNT}\s*%\s*$", _BARE.replace("eE", "")),
    (TextKind.COORDINATES, r"^\s*\(?\s*-?\d{1,3}\.\d+\s*[,;]\s*-?\d{1,3}\.\d+\s*\)?\s*$", None),
)
_TIME = r"( +|T)\d{1,2}:\d{2}"
# A shape, and how DuckDB's strptime reads it.
_DATES: tuple[tuple[str, str], ...] = (
    (r"^\s*(19|20)\d{2}-\d{1,2}\s*$", "%Y-%m"),
    (r"^\s*(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\s*$", "%Y%m%d"),
    (r"^\s*\d{4}-\d{1,2}-\d{1,2}\s*$", "%Y-%m-%d"),
    (r"^\s*\d{4}/\d{1,2}/\d{1,2}\s*$", "%Y/%m/%d"),
    (r"^\s*\d{4}\.\s?\d{1,2}\.\s?\d{1,2}\.?\s*$", "%Y.%m.%d"),
    (r"^\s*\d{4}년 \d{1,2}월 \d{1,2}일\s*$", "%Y년 %m월 %d일"),
    (rf"^\s*\d{{4}}-\d{{1,2}}-\d{{1,2}}{_TIME}\s*$", "%Y-%m-%d %H:%M"),
    (rf"^\s*\d{{4}}-\d{{1,2}}-\d{{1,2}}{_TIME}:\d{{2}}\s*$", "%Y-%m-%d %H:%M:%S"),
    (rf"^\s*\d{{4}}/\d{{1,2}}/\d{{1,2}}{_TIME}:\d{{2}}\s*$", "%Y/%m/%d %H:%M:%S"),
    (rf"^\s*(0?[1-9]|1[0-2])/\d{{1,2}}/\d{{4}}{_TIME}\s*$", "%m/%d/%Y %H:%M"),
    (rf"^\s*(0?[1-9]|1[0-2])/\d{{1,2}}/\d{{4}}{_TIME}:\d{{2}}\s*$", "%m/%d/%Y %H:%M:%S"),
    (rf"^\s*(0?[1-9]|1[0-2])/\d{{1,2}}/\d{{4}}{_TIME}:\d{{2}} [AP]M\s*$", "%m/%d/%Y %I:%M:%S %p"),
    (r"^\s*(0?[1-9]|1[0-2])/\d{1,2}/\d{4}\s*$", "%m/%d/%Y"),
    (r"^\s*\d{1,2}/(0?[1-9]|1[0-2])/\d{4}\s*$", "%d/%m/%Y"),
    (r"^\s*\d{1,2}\.(0?[1-9]|1[0-2])\.\d{4}\s*$", "%d.%m.%Y"),
)
# Scales whose words have an order; a column has one when it has at least three of its words and no others.
_SCALES: tuple[tuple[str, ...], ...] = (
    ("very low", "low", "medium", "middle", "mid", "moderate", "normal", "high", "very high"),
    ("xxs", "xs", "s", "m", "l", "xl", "xxl"),
    ("extra small", "small", "medium", "large", "extra large"),
    ("never", "rarely", "seldom", "sometimes", "often", "usually", "always"),
    ("very poor", "poor", "fair", "average", "good", "very good", "excellent"),
    ("none", "primary", "secondary", "tertiary"),
    ("strongly disagree", "disagree", "neutral", "agree", "strongly agree"),
    ("very dissatisfied", "dissatisfied", "neutral", "satisfied", "very satisfied"),
    ("bronze", "silver", "gold", "platinum", "diamond"),
    ("하", "중하", "중", "중상", "상"),
    ("매우 낮음", "낮음", "보통", "높음", "매우 높음"),
    ("매우 불만족", "불만족", "보통", "만족", "매우 만족"),
    ("전혀 그렇지 않다", "그렇지 않다", "보통이다", "그렇다", "매우 그렇다"),
)
_PART = r"\d[\d.,]*"
_STEP = rf"[<>≤≥]=?\s?{_PART}|{_PART}\s?(-|~|–|to)\s?{_PART}|{_PART}\s?\+|\d+(st|nd|rd|th|급|등급|위)"
_RANGE = rf"^\s*({_STEP})(\s?\p{{L}}+)?\s*$"
_FEWEST_STEPS, _MOST_STEPS = 3, 50
_HANGUL = r"[\p{Hangul}\p{Han}\p{Hiragana}\p{Katakana}]"


def meaning_of(texts: pa.Array) -> TextMeaning | None:
    """Return what the texts (n,) mean, blank ones being NULL; None for names of categories or of rows."""
    words = pc.unique(texts.drop_null()).slice(0, _MOST_WORDS)
    if not len(words):
        return None
    example = words[0].as_py()
    form = next((form for pattern, form in _DATES if _matched(words, pattern) >= _NEARLY_ALL), None)
    if form is not None and len(words) >= _FEWEST_STEPS:
        return TextMeaning(TextKind.DATE, example, f"try_strptime({{}}, '{form}')")
    if _is_scale(words):
        return TextMeaning(TextKind.ORDINAL, example)
    if len(words) < _FEWEST_WORDS:
        return None
    # 00501 is a code; as a number it would lose its zeros.
    if _matched(words, _CODE) < 1 - _NEARLY_ALL:
        for kind, pattern, sql in _PATTERNS:
            if _matched(words, pattern) >= _NEARLY_ALL:
                return TextMeaning(kind, example, sql)
    return TextMeaning(TextKind.FREE_TEXT, example) if _are_sentences(words) else None


def _matched(words: pa.Array, pattern: str) -> float:
    """Return the share of texts that a pattern matches."""
    found: float = pc.mean(pc.match_substring_regex(words, pattern)).as_py()
    return found


def _is_scale(words: pa.Array) -> bool:
    if not _FEWEST_STEPS <= len(words) <= _MOST_STEPS:
        return False
    known = {word.strip().casefold() for word in words.to_pylist()}
    return any(known <= set(scale) for scale in _SCALES) or _matched(words, _RANGE) >= _NEARLY_ALL


def _are_sentences(words: pa.Array) -> bool:
    if len(words) < _FEWEST_SENTENCES:
        return False
    counts = pc.mean(pc.list_value_length(pc.utf8_split_whitespace(pc.utf8_trim_whitespace(words)))).as_py()
    if counts >= _WORDS:
        return True
    letters = pc.mean(pc.utf8_length(words)).as_py()
    hangul = _matched(words, _HANGUL)
    return bool(hangul > 0.5 and counts >= _HANGUL_WORDS and letters >= _HANGUL_LETTERS)
