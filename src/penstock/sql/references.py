"""What a query reads: tables, models, files, ML functions, the clock; and the columns that an expression names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from penstock.sql.call import BARE_NAMES, is_dotted_name
from penstock.sql.cursor import is_word
from penstock.sql.dialect import parse_expression, shared_tree, tokens_of
from penstock.sql.scope import sites
from penstock.sql.source import FileReference, ModelReference
from penstock.sql.statement import Query

__all__ = ["FileReference", "ModelReference", "References", "columns", "ml_functions", "reads_clock", "references"]

# Both dialects' words for the present moment: some stand alone, others only before a parenthesis.
_CLOCK_WORDS = frozenset({"current_date", "current_datetime", "current_time", "current_timestamp", "localtimestamp"})
_CLOCK_CALLS = frozenset(
    {"age", "current_localtimestamp", "get_current_timestamp", "getdate", "now", "today", "transaction_timestamp"}
    # Without a time of its own it takes the present one.
    | {"features_at_time"}
)


# The relation that has a row for every version of every model.
MODEL_LISTING = "information_schema.models"


@dataclass(frozen=True)
class References:
    """What a query reads, each once, in the order of the text. `functions` are ML functions in upper case,
    `ML.PREDICT`.
    """

    relations: tuple[str, ...] = ()
    models: tuple[ModelReference, ...] = ()
    files: tuple[FileReference, ...] = ()
    functions: tuple[str, ...] = ()


def joined(first: References, second: References) -> References:
    """Return what two queries read together, each once."""
    return References(
        tuple(dict.fromkeys((*first.relations, *second.relations))),
        (*first.models, *(model for model in second.models if model not in first.models)),
        (*first.files, *(file for file in second.files if file not in first.files)),
        tuple(dict.fromkeys((*first.functions, *second.functions))),
    )


def names_listing(name: str) -> bool:
    """Say whether a relation's name is that of the list of models, with or without a schema (or a region) in front."""
    return name.casefold() == MODEL_LISTING or name.casefold().endswith(f".{MODEL_LISTING}")


def references(query: Query) -> References:
    """Return what a query reads, names as written, common table expressions left out; raises
    SyntaxProblem.
    """
    found = sites(shared_tree(query), query.dialect)
    models = [site.call.model for site in found if site.call and site.call.model]
    files: list[FileReference] = []
    for site in found:
        if site.files and site.files not in files:
            files.append(site.files)
    return References(
        relations=tuple(dict.fromkeys(site.relation for site in found if site.relation is not None)),
        models=tuple(dict.fromkeys(models)),
        files=tuple(files),
        functions=ml_functions(tokens_of(query)),
    )


def ml_functions(tokens: Iterable[Token]) -> tuple[str, ...]:
    """Return the ML functions that are called in a text, in upper case, each once."""
    listed = list(tokens)
    names = []
    for place in range(1, len(listed)):
        if listed[place].token_type != TokenType.L_PAREN or not is_word(listed[place - 1]):
            continue
        before = [token.text.upper() for token in listed[max(place - 4, 0) : place]]
        prefixed = len(before) > 2 and before[-2] == "." and before[:-3] != ["."]
        if prefixed and is_word(listed[place - 3]) and is_dotted_name(f"{before[-3]}.{before[-1]}"):
            names.append(f"{before[-3]}.{before[-1]}")
        elif before[-1] in BARE_NAMES and before[-2:-1] != ["."]:
            names.append(before[-1])
    return tuple(dict.fromkeys(names))


def columns(expression: Query) -> tuple[str, ...]:
    """Return the columns that an expression names, each once, dotted as written (`champion.roc_auc`); raises
    SyntaxProblem.
    """
    tree = parse_expression(expression)
    named = [node for node in tree.find_all(exp.Column, bfs=False) if not isinstance(node.this, exp.Star)]
    return tuple(dict.fromkeys(".".join(part.name for part in node.parts) for node in named))


def reads_clock(text: Query) -> bool:
    """Return whether a query, an expression or a select list asks what time it is; raises SyntaxProblem."""
    tokens = tokens_of(text)
    words = [token.text.lower() if is_word(token) else "" for token in tokens]
    called = [token.token_type == TokenType.L_PAREN for token in tokens[1:]] + [False]
    return any(
        word in _CLOCK_WORDS or (word in _CLOCK_CALLS and call) for word, call in zip(words, called, strict=True)
    )
