"""How texts become the numbers and moments that they mean: in SQL, and as an operation of a graph."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

# What a text is multiplied by, where a pattern matches all of it.
Factors = tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Reading:
    """How a text becomes what it means: an operation of an expression ('read_number' or 'read_moment') with what it is
    told, the same as DuckDB's SQL, and as SQL that people would write; `{0}` is the column.
    """

    operation: str
    asked: tuple[object, ...]
    sql: str
    short: str

    @property
    def shape(self) -> str:
        """The pattern of the texts that it reads."""
        return str(self.asked[0])


def number(shape: str, kept: str, short: str, factors: Factors = ()) -> Reading:
    """Return the reading of numbers of a shape, whose characters are `kept` and put together."""
    read = f"CAST(regexp_replace({{0}}, '[^{kept}]', '', 'g') AS DOUBLE)"
    if factors:
        cases = " ".join(f"WHEN regexp_full_match({{0}}, '{_doubled(like)}') THEN {by!r}" for like, by in factors)
        read = f"{read} * CASE {cases} ELSE 1.0 END"
    sql = f"CASE WHEN regexp_full_match({{0}}, '{_doubled(shape)}') THEN {read} END"
    return Reading("read_number", (shape, f"[{kept}]+", factors), sql, short)


def of_unit(unit: str) -> Reading:
    """Return the reading of numbers with one and the same word behind them, such as 12.5 kg, or its plural."""
    return number(rf" *[+-]?{_AMOUNT} ?{re.escape(unit)}s? *", _DIGITS, _BARE)


def _moment(shape: str, form: str, *parts: str) -> Reading:
    sql = f"CASE WHEN regexp_full_match({{0}}, '{_doubled(shape)}') THEN try_strptime(trim({{0}}), '{form}') END"
    return Reading("read_moment", (shape, parts), sql, f"try_strptime({{0}}, '{form}')")


def _doubled(pattern: str) -> str:
    """Return a pattern as it stands in SQL, in which what str.format reads is written twice."""
    return pattern.replace("'", "''").replace("{", "{{").replace("}", "}}")


_NUMBER = r" *[+-]?(\d{1,30}\.?\d{0,30}|\.\d{1,30})([eE][+-]?\d{1,2})? *"
CODE = r" *0\d+ *"
_AMOUNT = r"(\d{1,3}(,\d{3}){0,4}|\d{1,30})(\.\d{1,30})?"
# 1.234,50: points between thousands, a comma before the cents.
_COMMA = r"(\d{1,3}(\.\d{3}){0,4}|\d{1,30}),\d{1,2}"
_SIGNS = r"(US\$|[$€£¥₩￦]|USD|EUR|KRW|JPY|GBP)"
_UNITS = r"(원|달러|엔|유로|[$€£¥₩￦]|USD|EUR|KRW|JPY|GBP)"
UNIT = rf"^ *[+-]?{_AMOUNT.replace('(', '(?:')} ?(?P<unit>[\p{{L}}°/²³]{{1,8}}) *$"
_DIGITS, _WHOLE = "0-9.+-", "0-9+-"
_BARE = f"TRY_CAST(regexp_replace({{0}}, '[^{_DIGITS}]', '', 'g') AS DOUBLE)"
_OF_COMMA = "TRY_CAST(replace(regexp_replace({0}, '[^0-9,+-]', '', 'g'), ',', '.') AS DOUBLE)"
_CENTS: Factors = ((r".*,\d\d\D*", 0.01), (r".*,\d\D*", 0.1))
_LETTERS: Factors = ((".*[kK].*", 1e3), (".*[mM].*", 1e6), (".*[bB].*", 1e9))
_BY_LETTER = (
    f"{_BARE} * CASE upper(regexp_extract({{0}}, '[kKmMbB]')) "
    "WHEN 'K' THEN 1e3 WHEN 'M' THEN 1e6 WHEN 'B' THEN 1e9 ELSE 1 END"
)
_HANGUL: Factors = (
    (".*천만.*", 1e7),
    (".*백만.*", 1e6),
    (".*억.*", 1e8),
    (".*만.*", 1e4),
    (".*조.*", 1e12),
    (".*천.*", 1e3),
)
_BY_HANGUL = (
    f"{_BARE} * CASE regexp_extract({{0}}, '천만|백만|억|만|조|천') WHEN '천만' THEN 1e7 WHEN '백만' THEN 1e6 "
    "WHEN '억' THEN 1e8 WHEN '만' THEN 1e4 WHEN '조' THEN 1e12 WHEN '천' THEN 1e3 ELSE 1 END"
)
_NEGATIVE: Factors = ((r".*\(.*", -1.0),)
_OF_ACCOUNTS = f"{_BARE} * CASE WHEN contains({{0}}, '(') THEN -1 ELSE 1 END"
_SCALED = rf"{_AMOUNT} ?(k|K|m|M|b|B|mn|bn|Mn|Bn|million|billion|Million|Billion)?"
# In the order in which they are asked.
NUMBERS = (
    number(_NUMBER, "0-9.eE+-", "TRY_CAST({0} AS DOUBLE)"),
    number(rf" *[+-]?{_AMOUNT} *", _DIGITS, "TRY_CAST(replace({0}, ',', '') AS DOUBLE)"),
)
MONEY = (
    number(rf" *[+-]? *{_SIGNS} *[+-]?{_AMOUNT} *", _DIGITS, _BARE),
    number(rf" *[+-]?{_AMOUNT} *{_UNITS} *", _DIGITS, _BARE),
    number(rf" *[+-]? *{_SIGNS}? *[+-]?{_COMMA} *{_UNITS} *", _WHOLE, _OF_COMMA, _CENTS),
    number(rf" *[+-]? *{_SIGNS} *[+-]?{_COMMA} *", _WHOLE, _OF_COMMA, _CENTS),
    number(rf" *[+-]? *{_SIGNS} *[+-]?{_SCALED} *", _DIGITS, _BY_LETTER, _LETTERS),
    number(rf" *[+-]?{_AMOUNT} ?(천만|백만|천|만|억|조) ?원? *", _DIGITS, _BY_HANGUL, _HANGUL),
    number(rf" *(\({_SIGNS}? ?{_AMOUNT}\)|{_SIGNS}? ?{_AMOUNT}) *", "0-9.", _OF_ACCOUNTS, _NEGATIVE),
)
PERCENT = (
    number(rf" *[+-]?{_AMOUNT} *% *", _DIGITS, _BARE),
    number(rf" *[+-]?{_COMMA} *% *", _WHOLE, _OF_COMMA, _CENTS),
)
# What is a number in other ways of writing: asked after money and percentages.
WRITTEN = (
    number(rf" *[+-]?{_COMMA} *", _WHOLE, _OF_COMMA, _CENTS),
    number(rf" *[+-]?{_SCALED} *", _DIGITS, _BY_LETTER, _LETTERS),
)
_DAY, _TIME = ("year", "month", "day"), r"\d{1,2}:\d{2}"
_MONTH_FIRST = r"(0?[1-9]|1[0-2])/\d{1,2}/\d{4}"
_OF_US, _OF_EUROPE = ("month", "day", "year"), ("day", "month", "year")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LONG = ("uary", "ruary", "ch", "il", "", "e", "y", "ust", "tember", "ober", "ember", "ember")
_SHORT_NAME = f"({'|'.join(_MONTHS)})"
_LONG_NAME = f"({'|'.join(first + rest for first, rest in zip(_MONTHS, _LONG, strict=True))})"
_NAMED = ("day", "year", "named")


def _dated(forms: Sequence[tuple[str, str]], *parts: str) -> tuple[Reading, ...]:
    """Return the readings of days, and of days with minutes and seconds behind them."""
    return tuple(
        _moment(f" *{shape}{later} *", f"{form}{behind}", *parts, *more)
        for shape, form in forms
        for later, behind, more in (
            (rf" {_TIME}", " %H:%M", ("hour", "minute")),
            (rf" {_TIME}:\d{{2}}", " %H:%M:%S", ("hour", "minute", "second")),
            ("", "", ()),
        )
    )


DATES: tuple[Reading, ...] = (
    _moment(r" *(19|20)\d{2}-\d{1,2} *", "%Y-%m", "year", "month"),
    _moment(r" *(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01]) *", "%Y%m%d", "date"),
    *_dated(
        (
            (r"\d{4}-\d{1,2}-\d{1,2}", "%Y-%m-%d"),
            (r"\d{4}/\d{1,2}/\d{1,2}", "%Y/%m/%d"),
            (r"\d{4}\.\d{1,2}\.\d{1,2}", "%Y.%m.%d"),
        ),
        *_DAY,
    ),
    _moment(r" *\d{4}\. \d{1,2}\. \d{1,2}\. *", "%Y. %m. %d.", *_DAY),
    _moment(r" *\d{4}년 \d{1,2}월 \d{1,2}일 *", "%Y년 %m월 %d일", *_DAY),
    *(
        _moment(
            rf" *\d{{4}}-\d{{1,2}}-\d{{1,2}}T{_TIME}:\d{{2}}{zone} *",
            f"%Y-%m-%dT%H:%M:%S{zone}",
            *(*_DAY, "hour", "minute", "second"),
        )
        for zone in ("", "Z")
    ),
    *_dated(((_MONTH_FIRST, "%m/%d/%Y"),), *_OF_US),
    *(
        _moment(
            rf" *{_MONTH_FIRST} (0?[1-9]|1[0-2]):{clock} [AP]M *",
            f"%m/%d/%Y {form}",
            *(*_OF_US, *parts, "half"),
        )
        for clock, form, parts in (
            (r"\d{2}", "%I:%M %p", ("hour", "minute")),
            (r"\d{2}:\d{2}", "%I:%M:%S %p", ("hour", "minute", "second")),
        )
    ),
    *_dated(
        ((r"\d{1,2}/(0?[1-9]|1[0-2])/\d{4}", "%d/%m/%Y"), (r"\d{1,2}\.(0?[1-9]|1[0-2])\.\d{4}", "%d.%m.%Y")),
        *_OF_EUROPE,
    ),
    *(
        _moment(rf" *{shape.format(name)} *", form.format(letter), *_NAMED)
        for name, letter in ((_SHORT_NAME, "%b"), (_LONG_NAME, "%B"))
        for shape, form in (
            (r"\d{{1,2}}-{}-\d{{4}}", "%d-{}-%Y"),
            (r"\d{{1,2}} {} \d{{4}}", "%d {} %Y"),
            (r"{} \d{{1,2}}, \d{{4}}", "{} %d, %Y"),
        )
    ),
)
