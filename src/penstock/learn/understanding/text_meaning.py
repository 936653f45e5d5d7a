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


# What a search may read as what it means.
READABLE = frozenset({TextKind.NUMBER, TextKind.MONEY, TextKind.PERCENT, TextKind.DATE})


@dataclass(frozen=True)
class Reading:
    """How a text becomes what it means: an operation of an expression ('read_number' or 'read_moment') with what it is
    told, the same as DuckDB's SQL, and as SQL that people would write; `{}` is the column.
    """

    operation: str
    asked: tuple[object, ...]
    sql: str
    short: str


@dataclass(frozen=True)
class TextMeaning:
    """`example` is a text of the column, `reading` what makes it what it means; None where no one value does."""

    kind: TextKind
    example: str
    reading: Reading | None = None


def _number(shape: str, kept: str, short: str) -> Reading:
    sql = (
        f"CASE WHEN regexp_full_match({{}}, '{_doubled(shape)}') "
        f"THEN CAST(regexp_replace({{}}, '[^{kept}]', '', 'g') AS DOUBLE) END"
    )
    return Reading("read_number", (shape, f"[{kept}]+"), sql, short)


def _moment(shape: str, form: str, *parts: str) -> Reading:
    sql = f"CASE WHEN regexp_full_match({{}}, '{_doubled(shape)}') THEN try_strptime(trim({{}}), '{form}') END"
    return Reading("read_moment", (shape, parts), sql, f"try_strptime({{}}, '{form}')")


def _doubled(pattern: str) -> str:
    """Return a pattern in which what str.format reads is written twice."""
    return pattern.replace("{", "{{").replace("}", "}}")


_NUMBER = r" *[+-]?(\d{1,30}\.?\d{0,30}|\.\d{1,30})([eE][+-]?\d{1,2})? *"
_CODE = r" *0\d+ *"
_AMOUNT = r"(\d{1,3}(,\d{3}){0,4}|\d{1,30})(\.\d{1,30})?"
_SIGNS = r"(US\$|[$€£¥₩￦]|USD|EUR|KRW|JPY|GBP)"
_UNITS = r"(원|달러|엔|유로|[$€£¥₩￦]|USD|EUR|KRW|JPY|GBP)"
_DIGITS = "0-9.+-"
_BARE = f"TRY_CAST(regexp_replace({{}}, '[^{_DIGITS}]', '', 'g') AS DOUBLE)"
_PAIR = r" *\(? *-?\d{1,3}\.\d+ *[,;] *-?\d{1,3}\.\d+ *\)? *"
# In the order in which they are asked.
_QUANTITIES: tuple[tuple[TextKind, Reading], ...] = (
    (TextKind.NUMBER, _number(_NUMBER, "0-9.eE+-", "TRY_CAST({} AS DOUBLE)")),
    (TextKind.NUMBER, _number(rf" *[+-]?{_AMOUNT} *", _DIGITS, "TRY_CAST(replace({}, ',', '') AS DOUBLE)")),
    (TextKind.MONEY, _number(rf" *[+-]? *{_SIGNS} *[+-]?{_AMOUNT} *", _DIGITS, _BARE)),
    (TextKind.MONEY, _number(rf" *[+-]?{_AMOUNT} *{_UNITS} *", _DIGITS, _BARE)),
    (TextKind.PERCENT, _number(rf" *[+-]?{_AMOUNT} *% *", _DIGITS, _BARE)),
)
_DAY, _TIME = ("year", "month", "day"), r"\d{1,2}:\d{2}"
_MONTH_FIRST = r"(0?[1-9]|1[0-2])/\d{1,2}/\d{4}"
_OF_US = ("month", "day", "year")
_DATES: tuple[Reading, ...] = (
    _moment(r" *(19|20)\d{2}-\d{1,2} *", "%Y-%m", "year", "month"),
    _moment(r" *(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01]) *", "%Y%m%d", "date"),
    _moment(r" *\d{4}-\d{1,2}-\d{1,2} *", "%Y-%m-%d", *_DAY),
    _moment(r" *\d{4}/\d{1,2}/\d{1,2} *", "%Y/%m/%d", *_DAY),
    _moment(r" *\d{4}\.\d{1,2}\.\d{1,2} *", "%Y.%m.%d", *_DAY),
    _moment(r" *\d{4}\. \d{1,2}\. \d{1,2}\. *", "%Y. %m. %d.", *_DAY),
    _moment(r" *\d{4}년 \d{1,2}월 \d{1,2}일 *", "%Y년 %m월 %d일", *_DAY),
    _moment(rf" *\d{{4}}-\d{{1,2}}-\d{{1,2}} {_TIME} *", "%Y-%m-%d %H:%M", *_DAY, "hour", "minute"),
    _moment(
        rf" *\d{{4}}-\d{{1,2}}-\d{{1,2}} {_TIME}:\d{{2}} *", "%Y-%m-%d %H:%M:%S", *_DAY, "hour", "minute", "second"
    ),
    _moment(
        rf" *\d{{4}}-\d{{1,2}}-\d{{1,2}}T{_TIME}:\d{{2}} *", "%Y-%m-%dT%H:%M:%S", *_DAY, "hour", "minute", "second"
    ),
    _moment(
        rf" *\d{{4}}/\d{{1,2}}/\d{{1,2}} {_TIME}:\d{{2}} *", "%Y/%m/%d %H:%M:%S", *_DAY, "hour", "minute", "second"
    ),
    _moment(rf" *{_MONTH_FIRST} {_TIME} *", "%m/%d/%Y %H:%M", *_OF_US, "hour", "minute"),
    _moment(rf" *{_MONTH_FIRST} {_TIME}:\d{{2}} *", "%m/%d/%Y %H:%M:%S", *_OF_US, "hour", "minute", "second"),
    _moment(
        rf" *{_MONTH_FIRST} (0?[1-9]|1[0-2]):\d{{2}}:\d{{2}} [AP]M *",
        "%m/%d/%Y %I:%M:%S %p",
        *(*_OF_US, "hour", "minute", "second", "half"),
    ),
    _moment(rf" *{_MONTH_FIRST} *", "%m/%d/%Y", *_OF_US),
    _moment(r" *\d{1,2}/(0?[1-9]|1[0-2])/\d{4} *", "%d/%m/%Y", "day", "month", "year"),
    _moment(r" *\d{1,2}\.(0?[1-9]|1[0-2])\.\d{4} *", "%d.%m.%Y", "day", "month", "year"),
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
_RANGE = rf"\s*({_STEP})(\s?\p{{L}}+)?\s*"
_FEWEST_STEPS, _MOST_STEPS = 3, 50
_HANGUL = r"(?s).*[\p{Hangul}\p{Han}\p{Hiragana}\p{Katakana}].*"


def meaning_of(texts: pa.Array) -> TextMeaning | None:
    """Return what the texts (n,) mean, blank ones being NULL; None for names of categories or of rows."""
    words = pc.unique(texts.drop_null()).slice(0, _MOST_WORDS)
    if not len(words):
        return None
    example = words[0].as_py()
    date = next((each for each in _DATES if _matched(words, str(each.asked[0])) >= _NEARLY_ALL), None)
    if date is not None and len(words) >= _FEWEST_STEPS:
        return TextMeaning(TextKind.DATE, example, date)
    if _is_scale(words):
        return TextMeaning(TextKind.ORDINAL, example)
    if len(words) < _FEWEST_WORDS:
        return None
    # 00501 is a code; as a number it would lose its zeros.
    if _matched(words, _CODE) < 1 - _NEARLY_ALL:
        for kind, reading in _QUANTITIES:
            if _matched(words, str(reading.asked[0])) >= _NEARLY_ALL:
                return TextMeaning(kind, example, reading)
    if _matched(words, _PAIR) >= _NEARLY_ALL:
        return TextMeaning(TextKind.COORDINATES, example)
    return TextMeaning(TextKind.FREE_TEXT, example) if _are_sentences(words) else None


def _matched(words: pa.Array, pattern: str) -> float:
    """Return the share of texts that a pattern matches as a whole."""
    found: float = pc.mean(pc.match_substring_regex(words, f"^(?:{pattern})$")).as_py()
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
