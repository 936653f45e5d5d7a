"""The ML functions in the place of a value that look at one row only and learn nothing."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import cast

from penstock.core.errors import InvalidOption
from penstock.core.options import OptionSpec, OptionValue
from penstock.functions.distance import DISTANCES, distance_sql
from penstock.functions.literal import double_sql, text_sql
from penstock.functions.preprocessor import REQUIRED, Argument, Parameters, Preprocessing
from penstock.sql.quoting import quote_identifier

MOST_FIELDS = 10
INFINITE = ("inf", "+inf")


def _once(argument: str, body: str) -> str:
    """Return SQL that computes the argument once and calls it `penstock_value` in the body."""
    return f"list_transform([{argument}], lambda penstock_value: {body})[1]"


def _feature_cross(argument: Argument, parameters: Parameters) -> str:
    names = _fields(argument, "ML.FEATURE_CROSS")
    degree = cast("int", parameters["degree"])
    parts = [_combination(names, chosen, _text) for chosen in _crossings(len(names), degree)]
    if not parts:
        raise InvalidOption.of("ML.FEATURE_CROSS takes a STRUCT of at least two features.")
    return _once(argument.sql, f"struct_pack({', '.join(parts)})")


def _polynomial_expand(argument: Argument, parameters: Parameters) -> str:
    names = _fields(argument, "ML.POLYNOMIAL_EXPAND")
    degree = cast("int", parameters["degree"])
    parts = [_combination(names, chosen, _product) for chosen in _powers(len(names), degree)]
    return _once(argument.sql, f"struct_pack({', '.join(parts)})")


def _fields(argument: Argument, function: str) -> list[str]:
    names = [field.name for field in argument.type]
    folded = {name.casefold() for name in names}
    # A field that BigQuery's SQL leaves without a name is called by its place here.
    unnamed = any(name in ("", f"_{place}") for place, name in enumerate(names))
    if unnamed or len(folded) < len(names):
        raise InvalidOption.of(f"{function} takes a STRUCT whose fields have names, each once.", hint="Name with AS.")
    if len(names) > MOST_FIELDS:
        raise InvalidOption.of(f"{function} takes at most {MOST_FIELDS} features, not {len(names)}.")
    return names


def _crossings(count: int, degree: int) -> list[tuple[int, ...]]:
    """Return every choice of 2 to `degree` features: what begins with the first feature first, as BigQuery ML does."""
    chosen = (chosen for size in range(2, degree + 1) for chosen in combinations(range(count), size))
    return sorted(chosen)


def _powers(count: int, degree: int, first: int = 0) -> Iterator[tuple[int, ...]]:
    """Yield every choice of 1 to `degree` features, the same one as often as wanted, in BigQuery ML's order."""
    for place in range(first, count):
        yield (place,)
        if degree > 1:
            yield from ((place, *rest) for rest in _powers(count, degree - 1, place))


def _combination(names: Sequence[str], chosen: Sequence[int], joined: Callable[[Sequence[str]], str]) -> str:
    fields = [f"struct_extract(penstock_value, {text_sql(names[place])})" for place in chosen]
    return f"{quote_identifier('_'.join(names[place] for place in chosen))} := {joined(fields)}"


def _text(fields: Sequence[str]) -> str:
    return " || '_' || ".join(f"CAST({field} AS VARCHAR)" for field in fields)


def _product(fields: Sequence[str]) -> str:
    return " * ".join(f"CAST({field} AS DOUBLE)" for field in fields)


def _hash_bucketize(argument: Argument, parameters: Parameters) -> str:
    buckets = cast("int", parameters["hash_bucket_size"])
    hashed = f"farm_fingerprint(CAST(({argument.sql}) AS VARCHAR))"
    if buckets == 0:
        return hashed
    # The fingerprint is of 64 bits without a sign, as the buckets of BigQuery's own example show.
    return f"CAST((({hashed}::HUGEINT + {2**64}) % {2**64}) % {buckets} AS BIGINT)"


def _ngrams(argument: Argument, parameters: Parameters) -> str:
    given = parameters["range"]
    least, most = cast("list[int]", given if isinstance(given, list) else [given, given])
    separator = text_sql(cast("str", parameters["separator"]))
    ends = f"list_filter(range({least}, {most + 1}), lambda n: i + n - 1 <= len(penstock_value))"
    grams = f"list_transform({ends}, lambda n: array_to_string(penstock_value[i:i + n - 1], {separator}))"
    return _once(argument.sql, f"flatten(list_transform(range(1, len(penstock_value) + 1), lambda i: {grams}))")


def _norm(values: str, degree: float) -> str:
    """Return SQL for the p-norm of a list of DOUBLE, NULLs left out; NULL for NULL."""
    sizes = f"list_transform({values}, lambda x: abs(x))"
    if degree == 0:
        return f"CAST(len(list_filter({values}, lambda x: x <> 0)) AS DOUBLE)"
    greatest = f"list_max({sizes})"
    norm = greatest
    if not math.isinf(degree):
        # Relative to the greatest, so that no power leaves the range of a DOUBLE.
        powers = f"list_sum(list_transform({sizes}, lambda x: pow(x / {greatest}, {double_sql(degree)})))"
        of_powers = f"{greatest} * pow({powers}, {double_sql(1 / degree)})"
        norm = f"CASE WHEN {greatest} > 0 AND isfinite({greatest}) THEN {of_powers} ELSE {greatest} END"
    return f"CASE WHEN {values} IS NOT NULL THEN coalesce({norm}, 0e0) END"


def _lp_norm(argument: Argument, parameters: Parameters) -> str:
    return _once(f"CAST(({argument.sql}) AS DOUBLE[])", _norm("penstock_value", _degree(parameters["degree"])))


def _normalizer(argument: Argument, parameters: Parameters) -> str:
    norm = _norm("penstock_value", _degree(parameters["p"]))
    divided = "list_transform(penstock_value, lambda y: CASE WHEN {norm} = 0 THEN y ELSE y / {norm} END)"
    inner = f"list_transform([{norm}], lambda penstock_norm: {divided.format(norm='penstock_norm')})[1]"
    return _once(f"CAST(({argument.sql}) AS DOUBLE[])", inner)


def _distance(argument: Argument, parameters: Parameters) -> str:
    return distance_sql(argument.type, argument.sql, argument.others[0], cast("str", parameters["type"]))


def _degree(value: OptionValue) -> float:
    return math.inf if isinstance(value, str) else float(cast("float", value))


def _degree_problem(value: OptionValue) -> str | None:
    if isinstance(value, str):
        return None if value.casefold() in INFINITE else "0, a number of at least 1, or 'inf'"
    if isinstance(value, bool) or not isinstance(value, int | float) or not (value == 0 or value >= 1):
        return "0, a number of at least 1, or 'inf'"
    return None


def _range_problem(value: OptionValue) -> str | None:
    wanted = "a number of words, or the least and the most of them"
    given = value if isinstance(value, list) else [value, value]
    if value is REQUIRED:
        return None
    numbers = [number for number in given if isinstance(number, int) and not isinstance(number, bool)]
    return None if len(numbers) == len(given) == 2 and 1 <= numbers[0] <= numbers[1] else wanted


ROW_PREPROCESSING: tuple[Preprocessing, ...] = (
    Preprocessing(
        "ML.FEATURE_CROSS",
        "Joins the texts of every two features (up to every `degree`) of STRUCT(a, b, …): a field `a_b` each.",
        "struct",
        False,
        (OptionSpec("degree", "integer", 2, "The most features in a combination.", minimum=2, maximum=4),),
        _feature_cross,
    ),
    Preprocessing(
        "ML.POLYNOMIAL_EXPAND",
        "Multiplies the numbers of STRUCT(a, b, …) with one another and themselves: fields `a`, `a_a`, `a_b`, `b`, ….",
        "struct of numbers",
        False,
        (OptionSpec("degree", "integer", 2, "The most factors in a product.", minimum=1, maximum=4),),
        _polynomial_expand,
    ),
    Preprocessing(
        "ML.HASH_BUCKETIZE",
        "Numbers texts 0, 1, … by a hash: FarmHash's fingerprint, as FARM_FINGERPRINT.",
        "text",
        False,
        (OptionSpec("hash_bucket_size", "integer", REQUIRED, "How many buckets; 0 gives the hash itself.", minimum=0),),
        _hash_bucketize,
    ),
    Preprocessing(
        "ML.NGRAMS",
        "Joins neighbouring words of a list, those that begin first before others and the shorter before the longer.",
        "list of texts",
        False,
        (
            OptionSpec("range", "any", REQUIRED, "How many words: a number, or [least, most].", check=_range_problem),
            OptionSpec("separator", "string", " ", "What stands between two words."),
        ),
        _ngrams,
    ),
    Preprocessing(
        "ML.NORMALIZER",
        "Divides a list of numbers by its p-norm.",
        "list of numbers",
        False,
        (OptionSpec("p", "any", 2.0, "0, at least 1, or 'inf'.", check=_degree_problem),),
        _normalizer,
    ),
    Preprocessing(
        "ML.LP_NORM",
        "Gives the p-norm of a list of numbers; 0 counts those that are not 0.",
        "list of numbers",
        False,
        (OptionSpec("degree", "any", 2.0, "0, at least 1, or 'inf'.", check=_degree_problem),),
        _lp_norm,
    ),
    Preprocessing(
        "ML.DISTANCE",
        "Gives the distance of two lists of numbers of the same length, or of two lists of STRUCT(key, number), whose "
        "numbers belong together by key, one that is missing being 0. A vector of zeros has no COSINE distance.",
        "vector",
        False,
        (OptionSpec("type", "string", "EUCLIDEAN", "The kind of distance.", choices=DISTANCES),),
        _distance,
        ("vector1", "vector2"),
    ),
)
