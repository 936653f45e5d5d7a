-- A file of TensorFlow Lite, with the names of its signature.
-- source: BigQuery bigqueryml-syntax-create-tflite.md (its shape); the values by TensorFlow Lite itself (expected.json)
-- covers: ML.PREDICT on tensorflow_lite; model tensorflow_lite; option model_path of tensorflow_lite
-- needs: tensorflow, tf2onnx
-- tolerance: 1e-5, TensorFlow and onnxruntime add up in float32, each in its own order
SELECT * FROM ML.PREDICT(MODEL `d.postage`, (SELECT [4.0, 5.0, 6.5] AS size, 3 AS zone));
-- columns: price FLOAT64, hidden ARRAY<FLOAT64>, size ARRAY<FLOAT64>, zone INT64
-- rows:
-- [7.14283657, [0.08248208, 0.60086977, 0.96184778, 0.99763697], [4.0, 5.0, 6.5], 3]
