-- A SavedModel is converted once; its answers have the names of its signature and stand before the data.
-- source: BigQuery bigqueryml-syntax-create-tensorflow.md (gs:// in place of a folder); the values by TensorFlow itself (expected.json)
-- covers: ML.PREDICT on tensorflow; option model_path of tensorflow
-- needs: tensorflow, tf2onnx
-- tolerance: 1e-5, TensorFlow and onnxruntime add up in float32, each in its own order
SELECT * FROM ML.PREDICT(MODEL `d.headlines`, (SELECT ['stocks', 'fall', 'after', 'vote'] AS words, -2.0 AS score, 22 AS hour, 'x' AS more));
-- columns: dense_1 ARRAY<FLOAT64>, place INT64, topic STRING, words ARRAY<STRING>, score FLOAT64, hour INT64, more STRING
-- rows:
-- [[0.688056231, 0.0189309493, 0.293012857], 0, "markets", ["stocks", "fall", "after", "vote"], -2.0, 22, "x"]
