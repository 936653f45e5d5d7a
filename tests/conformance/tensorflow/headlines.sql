-- Headlines of news with the chances of their kinds.
-- source: BigQuery making-predictions-with-imported-tensorflow-models.md (its shape; the model is a small one of our own)
-- differs: The words are split in SQL: a SavedModel that splits texts itself cannot be converted, and is refused with the operator's name.
-- covers: tutorial 24
-- needs: tensorflow, tf2onnx
CREATE TABLE d.news AS SELECT 'A phone vote 가격' AS title, 30.25 AS score UNION ALL SELECT 'Stocks fall after vote', -2.0;
SELECT title, topic, ARRAY_LENGTH(dense_1) AS kinds FROM ML.PREDICT(MODEL `d.headlines`, (SELECT title, SPLIT(LOWER(title), ' ') AS words, score, 11 AS hour FROM d.news)) ORDER BY title;
-- columns: title STRING, topic STRING, kinds INT64
-- rows:
-- ["A phone vote 가격", "technology", 3]
-- ["Stocks fall after vote", "markets", 3]
