"""Dates and times as texts and back: BigQuery's format elements in the words of DuckDB's strftime and strptime.

https://cloud.google.com/bigquery/docs/reference/standard-sql/format-elements#format_elements_date_time. sqlglot has
already written out %F, %T, %D and %c, and %e as %-d.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import exp
from sqlglot.errors import UnsupportedError

from penstock.sql.function_call import function_call as _call

ELEMENT = re.compile(r"%(E\*S|E\d?S|E4Y|Ez|-?.)", re.DOTALL)
# What DuckDB writes alike, and what it writes under another letter.
SAME = frozenset("aAbBdfGHIjmMpSuUVwWyY%") | {"-d"}
OTHERS = {"h": "%b", "R": "%H:%M", "x": "%m/%d/%y", "X": "%H:%M:%S", "n": "\n", "t": "\t", "E4Y": "%Y", "E0S": "%S"}
OTHERS |= {"r": "%I:%M:%S %p", "ES": "%S"}
PADDED = {"-d": "%-d", "e": "%-d", "k": "%-H", "l": "%-I"}
READ = {**OTHERS, **PADDED, "P": "%p", "Ez": "%z", "z": "%z", "Z": "%Z"}
FRACTIONS = re.compile(r"E(\*|[1-9])S")
DAY_ONE = "1970-01-01"


def written_moment(node: exp.Expr) -> exp.Expr:
    """Return FORMAT_DATE and its like; a format that is no literal is left to strftime as it is."""
    form, zone = node.args["format"], node.args.get("zone")
    moment = _local(node.this, zone)
    if not isinstance(form, exp.Literal) or not form.is_string:
        return _call("strftime", moment, form)
    pieces = list(_written(form.this, moment, _offset(node.this, zone)))
    text = pieces[0] if pieces else exp.Literal.string("")
    for piece in pieces[1:]:
        text = exp.DPipe(this=text, expression=piece)
    return exp.paren(text) if len(pieces) > 1 else text


def _local(value: exp.Expr, zone: exp.Expr | None) -> exp.Expr:
    """Return a value as a TIMESTAMP: what clocks of the zone show, or UTC's."""
    if isinstance(value, exp.TsOrDsToTime):
        time = exp.cast(value.this.copy(), "time")
        return exp.paren(exp.Add(this=exp.cast(exp.Literal.string(DAY_ONE), "date"), expression=time))
    if zone is not None:
        return _call("timezone", zone, exp.cast(value.this.copy(), "timestamptz"))
    return exp.cast(value.this.copy(), "timestamp")


def _offset(value: exp.Expr, zone: exp.Expr | None) -> exp.Expr:
    """Return how many minutes a zone is ahead of UTC."""
    if zone is None:
        return exp.Literal.number(0)
    moment = exp.cast(value.this.copy(), "timestamptz")
    utc = _call("timezone", exp.Literal.string("UTC"), moment)
    return _call("datediff", exp.Literal.string("minute"), utc, _call("timezone", zone, moment))


def _written(form: str, moment: exp.Expr, offset: exp.Expr) -> Iterator[exp.Expr]:
    """Yield the texts that stand one after the other: stretches that strftime writes, and what it does not write."""
    known = ""
    end = 0
    for found in ELEMENT.finditer(form):
        known += form[end : found.start()]
        end = found.end()
        element = found[1]
        if element in SAME and element not in PADDED:
            known += found[0]
        elif element in OTHERS:
            known += OTHERS[element]
        else:
            if known:
                yield _call("strftime", moment, exp.Literal.string(known))
            known = ""
            yield _element(element, moment, offset)
    known += form[end:]
    if known:
        yield _call("strftime", moment, exp.Literal.string(known))


def _element(element: str, moment: exp.Expr, offset: exp.Expr) -> exp.Expr:
    def text(form: str) -> exp.Expr:
        return _call("strftime", moment, exp.Literal.string(form))

    if element in PADDED:
        return _call("lpad", text(PADDED[element]), exp.Literal.number(2), exp.Literal.string(" "))
    if fraction := FRACTIONS.fullmatch(element):
        if fraction[1] == "*":
            pattern = r"(\.[0-9]*[1-9])0+$|\.0*$"
            return _call("regexp_replace", text("%S.%f"), exp.Literal.string(pattern), exp.Literal.string(r"\1"))
        wide = _call("rpad", text("%S.%f"), exp.Literal.number(12), exp.Literal.string("0"))
        return _call("left", wide, exp.Literal.number(3 + int(fraction[1])))
    match element:
        case "Q":
            return exp.cast(_call("quarter", moment), "text")
        case "P":
            return _call("lower", text("%p"))
        case "s":
            return exp.cast(exp.cast(_call("epoch", moment), "bigint"), "text")
        case "C":
            return _call("left", text("%Y"), exp.Literal.number(2))
        case "g":
            return _call("right", text("%G"), exp.Literal.number(2))
        case "z" | "Ez" | "Z":
            return _zone(element, offset)
    raise _unknown(element)


def _zone(element: str, offset: exp.Expr) -> exp.Expr:
    sign = exp.Case().when(exp.LT(this=offset.copy(), expression=exp.Literal.number(0)), exp.Literal.string("-"))
    sign = sign.else_(exp.Literal.string("+"))
    minutes = _call("abs", offset)
    hours = exp.IntDiv(this=minutes, expression=exp.Literal.number(60))
    rest = exp.Mod(this=minutes.copy(), expression=exp.Literal.number(60))
    if element != "Z":
        form = "%s%02d:%02d" if element == "Ez" else "%s%02d%02d"
        return _call("printf", exp.Literal.string(form), sign, hours, rest)
    ahead = _call("printf", exp.Literal.string("UTC%s%d"), sign, hours)
    return exp.Case().when(offset.copy().eq(0), exp.Literal.string("UTC")).else_(ahead)


def read_moment(node: exp.Expr) -> exp.Expr:
    """Return PARSE_TIMESTAMP, PARSE_DATETIME, PARSE_DATE or PARSE_TIME; what a text leaves out is that of 1970."""
    form, zone = node.args["format"], node.args.get("zone")
    if not isinstance(form, exp.Literal) or not form.is_string:
        return node
    forms = [exp.Literal.string(f"%Y {written}") for written in _read_forms(form.this)]
    text = exp.DPipe(this=exp.Literal.string("1970 "), expression=exp.paren(node.this.copy()))
    read = _call("strptime", text, exp.Array(expressions=forms) if len(forms) > 1 else forms[0])
    if isinstance(node, exp.StrToTime):
        if re.search(r"%E?z", form.this):
            return exp.cast(read, "timestamptz")
        return _call("timezone", zone or exp.Literal.string("UTC"), exp.cast(read, "timestamp"))
    kind = "date" if isinstance(node, exp.StrToDate) else "time" if isinstance(node, exp.ParseTime) else "timestamp"
    return exp.cast(read, kind)


def _read_forms(form: str) -> list[str]:
    """Return the formats in one of which a text may stand: a fraction of a second may be left out."""

    def element(found: re.Match[str]) -> str:
        if found[1] in SAME or FRACTIONS.fullmatch(found[1]):
            return found[0]
        if found[1] not in READ:
            raise _unknown(found[1])
        return READ[found[1]]

    known = ELEMENT.sub(element, form)
    if not re.search(r"%E[*1-9]S", known):
        return [known]
    return [re.sub(r"%E[*1-9]S", seconds, known) for seconds in ("%S.%f", "%S")]


def cut_time(node: exp.Expr) -> exp.Expr:
    """Return TIME_TRUNC; DuckDB cuts moments only."""
    moment = exp.Add(this=exp.cast(exp.Literal.string(DAY_ONE), "date"), expression=exp.paren(node.this.copy()))
    unit = exp.Literal.string(node.args["unit"].name.lower())
    return exp.cast(_call("date_trunc", unit, moment), "time")


def _unknown(element: str) -> UnsupportedError:
    return UnsupportedError(f"a format of dates and times knows no %{element} here.")
