-- What TensorFlow computes with standard operators comes along: here tables of words, whose places are added up.
-- source: BigQuery bigqueryml-syntax-create-tensorflow.md; the values by TensorFlow itself (expected.json)
-- differs: BigQuery runs TensorFlow itself; here the model is converted, and one with operators that have no ONNX (texts that are split, images that are decoded inside it) is refused by their names.
-- covers: model tensorflow
-- needs: tensorflow, tf2onnx
SELECT n, place FROM ML.PREDICT(MODEL `d.headlines`, (SELECT 1 AS n, ['new', 'phone', 'is', 'fast'] AS words, 0.5 AS score, 3 AS hour UNION ALL SELECT 2, ['stocks', 'fall', 'after', 'vote'], -2.0, 22)) ORDER BY n;
-- columns: n INT64, place INT64
-- rows:
-- [1, 2]
-- [2, 0]
