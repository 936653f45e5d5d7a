"""Where in the user's text a place in the SQL stands that was made of it."""

from __future__ import annotations

from collections.abc import Callable
from difflib import SequenceMatcher

from sqlglot.tokenizer_core import Token

from penstock.core.spans import Span
from penstock.sql.dialect import span_in, tokenize
from penstock.sql.statement import Dialect, Query

# Finding what belongs together takes time with the square of the number of words.
MOST_TOKENS = 4_000
# How far ahead of where a rule put words in the user's own word is looked for.
REPEATED = 8


def origin_in(*queries: Query) -> Callable[[str, int], Span]:
    """Return a function that finds, for an offset in SQL made of `queries`, where the user wrote what stands there.

    A query that stands in the SQL as it was written is found exactly. Of one that was rewritten (files opened, calls
    replaced, translated from BigQuery) the words of both texts are aligned; a word that is not the user's own gives the
    place of what it stands for. What belongs to no query gives the beginning of the first.
    """

    def locate(sql: str, offset: int) -> Span:
        for query in queries:
            text = query.text.strip()
            start = sql.rfind(text, 0, offset + len(text))
            if text and start >= 0 and offset < start + len(text):
                return _word_at(query, query.text.find(text) + offset - start)
        return _word_at(queries[0], _aligned(queries[0], sql, offset))

    return locate


def _aligned(query: Query, sql: str, offset: int) -> int:
    """Return the offset in the query's text of the word that became the one at `offset` of the SQL."""
    written, made = _tokens(query.text, query.dialect), _tokens(sql, "duckdb")
    if not written or len(written) + len(made) > MOST_TOKENS:
        return 0
    wanted = next((index for index, token in enumerate(made) if token.end >= offset), len(made))
    matcher = SequenceMatcher(None, [t.text for t in written], [t.text for t in made], autojunk=False)
    place = 0
    for block in matcher.get_matching_blocks():
        if wanted < block.b:
            break
        # A word that was put in stands for what follows the last word that was kept.
        place = block.a + min(wanted - block.b, block.size)
    if wanted < len(made):
        # A word that a rule has repeated (CASE typeof(x) … x …) is still the user's own.
        near = [n for n in range(place, min(place + REPEATED, len(written))) if written[n].text == made[wanted].text]
        place = near[0] if near and made[wanted].text.isidentifier() else place
    return written[place].start if place < len(written) else written[0].start


def _word_at(query: Query, offset: int) -> Span:
    """Return the span of the word at an offset of a query's text."""
    for token in _tokens(query.text, query.dialect):
        if token.start <= offset <= token.end:
            return span_in(query, offset, token.end + 1)
    return span_in(query, offset, min(offset + 1, len(query.text)))


def _tokens(text: str, dialect: Dialect) -> list[Token]:
    tokens, _ = tokenize(text, dialect)
    return tokens
