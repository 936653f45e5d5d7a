-- A vision model takes what ML.RESIZE_IMAGE gives of a decoded image, its channels last.
-- source: BigQuery inference-tutorial-resnet.md, inference-tutorial-mobilenet.md (their shape; the model takes the mean of each channel)
-- covers: tutorial 27; ML.PREDICT on tensorflow
-- needs: tensorflow, tf2onnx
CREATE TABLE d.images AS SELECT FROM_BASE64('iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFklEQVR42mP4z8DA8J+BkYHh////DAAe9gT9CzF8CQAAAABJRU5ErkJggg==') AS data, 1 AS n;
SELECT means, n FROM ML.PREDICT(MODEL `d.colours`, (SELECT ML.RESIZE_IMAGE(ML.DECODE_IMAGE(data), 2, 2, FALSE) AS input, n FROM d.images));
-- columns: means ARRAY<FLOAT64>, n INT64
-- rows:
-- [[0.5, 0.5, 0.5], 1]
