"""Texts beside the wanted ones, held to the examples of the papers and to counts made the slow way."""

from __future__ import annotations

import math
from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import precision_recall_fscore_support

from penstock.learn.text_metrics import bleu, class_scores, common_length, exact_match, rouge_l

WORDS = st.lists(st.sampled_from(["a", "b", "나", "c"]), max_size=7)
TEXTS = st.lists(st.tuples(WORDS, WORDS).map(lambda pair: (" ".join(pair[0]), " ".join(pair[1]))), max_size=5)


def test_rouge_l_gives_the_numbers_of_lins_examples() -> None:
    wanted = "police killed the gunman"
    for written, share in (
        ("police kill the gunman", 3 / 4),
        ("the gunman kill police", 2 / 4),
        ("the gunman police killed", 2 / 4),
    ):
        found = rouge_l([written], [wanted])
        assert found == {"precision": share, "recall": share, "f1_score": share}
    # Section 3.2: of w1 … w5 one text has w1 w2 in common, the other w1 w3 w5.
    found = rouge_l(["w1 w2 w6 w7 w8", "w1 w3 w8 w9 w5"], ["w1 w2 w3 w4 w5"] * 2)
    assert found["recall"] == pytest.approx((2 / 5 + 3 / 5) / 2)


def test_a_word_counts_in_bleu_as_often_as_it_is_wanted() -> None:
    # Papineni et al. 2002, example 2: 2 of 7 words, and no two of them in a row.
    assert bleu(["the the the the the the the"], ["The cat is on the mat."]) == 0.0
    # By hand: 5 of 6 words, 3 of 5 pairs, 1 of 4 threes, no four.
    assert bleu(["a b c d e f"], ["a b c x e f"]) == 0.0
    # 6/7, 4/6, 2/5, 1/4 and as many words as wanted.
    found = bleu(["a b c d x e f"], ["a b c d y e f"])
    assert found == pytest.approx((6 / 7 * 4 / 6 * 2 / 5 * 1 / 4) ** 0.25)


def test_short_answers_pay_for_what_is_missing() -> None:
    assert bleu(["a b c d e"], ["a b c d e f g"]) == pytest.approx(math.exp(1 - 7 / 5))
    assert bleu(["a b c d e f g"], ["a b c d e"]) < 1
    assert bleu(["서울"], ["서울"]) == 1.0
    assert bleu([""], ["서울"]) == 0.0
    assert math.isnan(bleu([], []))


def test_korean_is_read_by_words_and_chinese_by_letters() -> None:
    assert rouge_l(["서울은 크다!"], ["서울은 매우 크다"]) == {
        "precision": 1.0,
        "recall": pytest.approx(2 / 3),
        "f1_score": pytest.approx(0.8),
    }
    assert rouge_l(["我爱北京"], ["我很爱北京"])["recall"] == pytest.approx(4 / 5)


@given(TEXTS)
def test_bleu_is_what_a_plain_count_gives(pairs: list[tuple[str, str]]) -> None:
    written, wanted = [own for own, _ in pairs], [other for _, other in pairs]
    assert bleu(written, wanted) == pytest.approx(_plain_bleu(pairs), nan_ok=True)


def _plain_bleu(pairs: list[tuple[str, str]]) -> float:
    if not pairs:
        return math.nan
    logs = []
    for size in range(1, 5):
        right = made = 0
        for own, other in pairs:
            ours = [tuple(own.split()[at : at + size]) for at in range(len(own.split()) - size + 1)]
            theirs = [tuple(other.split()[at : at + size]) for at in range(len(other.split()) - size + 1)]
            made += len(ours)
            for gram in ours:
                if gram in theirs:
                    theirs.remove(gram)
                    right += 1
        if made and not right:
            return 0.0
        if made:
            logs.append(math.log(right / made))
    if not logs:
        return 0.0
    own_words, other_words = (sum(len(pair[side].split()) for pair in pairs) for side in (0, 1))
    penalty = 1.0 if own_words >= other_words else math.exp(1 - other_words / own_words)
    return penalty * math.exp(sum(logs) / len(logs))


@given(WORDS, WORDS)
def test_the_common_part_is_the_longest_that_there_is(first: list[str], second: list[str]) -> None:
    def parts(words: list[str]) -> set[tuple[str, ...]]:
        return {part for size in range(len(words) + 1) for part in combinations(words, size)}

    assert common_length(first, second) == max(len(part) for part in parts(first) & parts(second))


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("ab")), min_size=1, max_size=12))
def test_classes_are_scored_as_scikit_learn_scores_them(rows: list[tuple[str, str]]) -> None:
    written, wanted = [own for own, _ in rows], [other for _, other in rows]
    labels = sorted(set(wanted))
    expected = precision_recall_fscore_support(wanted, written, labels=labels, zero_division=math.nan)
    found = class_scores(written, wanted)
    assert [score.label for score in found] == labels
    said = Counter(written)
    for place, score in enumerate(found):
        assert score.precision == pytest.approx(expected[0][place], nan_ok=True) or not said[score.label]
        assert score.recall == pytest.approx(expected[1][place])
        assert score.f1_score == pytest.approx(expected[2][place])


def test_case_and_spaces_around_a_class_do_not_count_and_exact_means_exact() -> None:
    (score,) = class_scores([" Praise\n", "other"], ["praise", "praise"])
    assert (score.label, score.precision, score.recall) == ("praise", 1.0, 0.5)
    assert exact_match(["서울 ", "Paris", "paris"], ["서울", "Paris", "Paris"]) == pytest.approx(2 / 3)
    assert math.isnan(exact_match([], []))
