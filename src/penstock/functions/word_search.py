"""A search by words beside one by vectors: BM25 in SQL, and both orders put together.

BM25: Robertson and Zaragoza, The probabilistic relevance framework: BM25 and beyond, 2009, with the usual k1 = 1.2 and
b = 0.75. The orders: Cormack, Clarke and Büttcher, Reciprocal rank fusion outperforms Condorcet and individual rank
learning methods, 2009, with their k = 60.
"""

from __future__ import annotations

_K1, _B, _RANKS = "1.2e0", "0.75e0", "60e0"
# Letters that are written without spaces between words, or with endings joined to them.
_JOINED = r"(\p{Hangul}+|[\p{Han}\p{Hiragana}\p{Katakana}]+)"


def words_sql(text: str, *, letters: bool) -> str:
    """Return SQL for the words of a text, in lower case and in their order.

    Of Korean, Chinese and Japanese a word is each two letters that follow one another (Lee and Ahn, Using n-grams for
    Korean text retrieval, 1996), so that 배송 is found in 배송이. With `letters` each letter is one too, as a text that
    is searched needs it, so that 책 is found in 책을; of a question only a letter that stands alone.
    """
    apart = rf"regexp_replace(lower(nfc_normalize({text})), '{_JOINED}', ' \1 ', 'g')"
    pairs = "list_transform(range(1, length(word)), lambda place: substr(word, place, 2))"
    found = f"list_concat({pairs}, string_split(word, ''))" if letters else pairs
    split = f"CASE WHEN length(word) > 1 AND regexp_full_match(word, '{_JOINED}') THEN {found} ELSE [word] END"
    return rf"flatten(list_transform(regexp_extract_all({apart}, '[\p{{L}}\p{{M}}\p{{N}}]+'), lambda word: {split}))"


def fused_sql(asked: str, base: str, distance: str, question: str, count: int) -> str:
    """Return the query for the rows of `base` and their distance, those first that stand in front by vector, by words
    or by both.

    `asked` gives one row with `vector`; `base` gives `place`, `vector`, `text` and the row itself as `base`. `distance`
    is of `asked.vector` and `held.vector`, `question` an expression. All rows with a `count` below 0. A row that has no
    vector, or none of the words, has a place in one order only.
    """
    weight = "ln(1 + (total.texts - count(*) + 0.5e0) / (count(*) + 0.5e0))"
    length = f"1 - {_B} + {_B} * len(held.words) / total.length"
    score = f"sum(weight * hits * ({_K1} + 1) / (hits + {_K1} * ({length})) ORDER BY term)"
    merit = " + ".join(f"coalesce(1e0 / ({_RANKS} + by_{order}.rank), 0e0)" for order in ("vector", "words"))
    limit = f"LIMIT {count}" if count > 0 else ""
    return (
        f"WITH asked AS MATERIALIZED ({asked}), "
        f"held AS MATERIALIZED (SELECT place, vector, base, {words_sql('text', letters=True)} AS words FROM ({base})), "
        f"total AS (SELECT count(words) AS texts, avg(len(words)) AS length FROM held), "
        f"terms AS (SELECT DISTINCT unnest({words_sql(question, letters=False)}) AS term), "
        "counted AS MATERIALIZED (SELECT place, term, count(*) AS hits FROM "
        "(SELECT place, unnest(words) AS term FROM held) SEMI JOIN terms USING (term) GROUP BY ALL), "
        f"rarity AS (SELECT term, {weight} AS weight FROM counted, total GROUP BY term, total.texts), "
        f"scored AS (SELECT place, {score} AS score FROM counted JOIN rarity USING (term) JOIN held USING (place), "
        "total GROUP BY place), "
        "by_words AS (SELECT place, row_number() OVER (ORDER BY score DESC, place) AS rank FROM scored), "
        f"measured AS (SELECT held.place, {distance} AS distance FROM asked, held "
        "WHERE asked.vector IS NOT NULL AND held.vector IS NOT NULL), "
        "by_vector AS (SELECT place, distance, row_number() OVER (ORDER BY distance, place) AS rank FROM measured), "
        f"found AS (SELECT place, distance, {merit} AS merit FROM by_vector FULL JOIN by_words USING (place)) "
        "SELECT held.base, found.distance FROM found JOIN held USING (place) "
        f"ORDER BY merit DESC, found.distance, place {limit}"
    )
