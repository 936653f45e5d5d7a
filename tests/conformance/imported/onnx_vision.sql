-- A vision model takes what ML.RESIZE_IMAGE gives; a graph of channels first gets them so.
-- source: BigQuery making-predictions-with-pytorch-models-in-onnx-format.md (its shape; the graph takes the mean of each channel)
-- covers: tutorial 26; ML.PREDICT on onnx
CREATE TABLE d.pictures AS SELECT FROM_BASE64('iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFklEQVR42mP4z8DA8J+BkYHh////DAAe9gT9CzF8CQAAAABJRU5ErkJggg==') AS data, 1 AS n;
SELECT means, class_id, n FROM ML.PREDICT(MODEL `d.colours`, (SELECT ML.RESIZE_IMAGE(ML.DECODE_IMAGE(data), 2, 2, FALSE) AS input, n FROM d.pictures));
-- columns: means ARRAY<FLOAT64>, class_id INT64, n INT64
-- rows:
-- [[0.5, 0.5, 0.5], 0, 1]
