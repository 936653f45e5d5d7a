"""Makes the models of this folder and writes what TensorFlow itself answers (tensorflow-cpu 2.21).

headlines   a SavedModel of texts, a whole number and a number; its answers are expected.json
colours     a SavedModel of images of two by two pixels: the mean of each channel
texts       a SavedModel that splits a text, for which tf2onnx has no ONNX
postage.tflite   a file of TensorFlow Lite
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf

HERE = Path(__file__).parent
ROWS = {
    "words": [["new", "phone", "is", "fast"], ["stocks", "fall", "after", "vote"], ["a", "phone", "vote", "x"]],
    "score": [0.5, -2.0, 30.25],
    "hour": [3, 22, 11],
}
PARCELS = {"size": [[0.1, 0.2, 0.3], [4.0, 5.0, 6.5]], "zone": [1, 3]}


class Headlines(tf.Module):
    """Words that are looked up, their weights added up, and a hidden layer behind them."""

    def __init__(self) -> None:
        super().__init__()
        words = ["phone", "fast", "stocks", "fall", "vote", "가격"]
        keys = tf.lookup.KeyValueTensorInitializer(words, tf.range(1, len(words) + 1, dtype=tf.int64))
        self.table = tf.lookup.StaticHashTable(keys, 0)
        self.weights = tf.Variable(np.sin(np.arange(21.0) * 1.7).astype(np.float32).reshape(7, 3))
        self.layer = tf.Variable(np.cos(np.arange(15.0) * 2.3).astype(np.float32).reshape(5, 3))

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, 4], tf.string, "words"),
            tf.TensorSpec([None], tf.float32, "score"),
            tf.TensorSpec([None, 1], tf.int64, "hour"),
        ]
    )
    def serve(self, words: tf.Tensor, score: tf.Tensor, hour: tf.Tensor) -> dict[str, tf.Tensor]:
        meaning = tf.reduce_sum(tf.gather(self.weights, self.table.lookup(words)), axis=1)
        rows = tf.concat([meaning, score[:, None] / 10.0, tf.cast(hour, tf.float32) / 24.0], axis=1)
        chances = tf.nn.softmax(tf.nn.relu(rows) @ self.layer)
        place = tf.argmax(chances, axis=1)
        topics = tf.constant(["markets", "politics", "technology"])
        return {"dense_1": chances, "topic": tf.gather(topics, place), "place": place}


class Colours(tf.Module):
    @tf.function(input_signature=[tf.TensorSpec([None, 2, 2, 3], tf.float32, "input")])
    def serve(self, input: tf.Tensor) -> dict[str, tf.Tensor]:  # noqa: A002 - the input's name in the tutorial
        return {"means": tf.reduce_mean(input, axis=[1, 2])}


class Texts(tf.Module):
    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "title")])
    def serve(self, title: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"words": tf.strings.split(title).to_tensor("")}


class Postage(tf.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weights = tf.Variable(np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4))

    @tf.function(
        input_signature=[tf.TensorSpec([None, 3], tf.float32, "size"), tf.TensorSpec([None], tf.int64, "zone")]
    )
    def serve(self, size: tf.Tensor, zone: tf.Tensor) -> dict[str, tf.Tensor]:
        hidden = tf.sigmoid(size @ self.weights)
        return {"price": tf.reduce_sum(hidden, axis=1) + tf.cast(zone, tf.float32) * 1.5, "hidden": hidden}


def save(module: tf.Module, name: str) -> None:
    shutil.rmtree(HERE / name, ignore_errors=True)
    tf.saved_model.save(module, str(HERE / name), signatures=module.serve)
    shutil.rmtree(HERE / name / "assets")


def plain(answers: dict[str, tf.Tensor]) -> dict[str, list[object]]:
    def value(item: object) -> object:
        return item.decode() if isinstance(item, bytes) else item

    return {name: [value(item) for item in answers[name].numpy().tolist()] for name in sorted(answers)}


headlines, postage = Headlines(), Postage()
save(headlines, "headlines")
save(Colours(), "colours")
save(Texts(), "texts")
save(postage, "postage")
(HERE / "postage.tflite").write_bytes(tf.lite.TFLiteConverter.from_saved_model(str(HERE / "postage")).convert())
shutil.rmtree(HERE / "postage")
answered = {
    "headlines": plain(
        headlines.serve(
            **{name: tf.constant(ROWS[name]) for name in ("words", "score")},
            hour=tf.constant(ROWS["hour"], tf.int64)[:, None],
        )
    ),
    "postage": plain(postage.serve(size=tf.constant(PARCELS["size"]), zone=tf.constant(PARCELS["zone"], tf.int64))),
}
found = {"headlines": {"rows": ROWS}, "postage": {"rows": PARCELS}}
for name, answers in answered.items():
    found[name]["answers"] = answers
(HERE / "expected.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
