-- What a service of one's own answers, a status, then the data.
-- source: BigQuery bigqueryml-syntax-create-remote-model-https.md; bigquery-ml-remote-model-tutorial.md; the service answers with the sum
-- covers: ML.PREDICT on remote_https; model remote_https; option endpoint of remote_https; statement S8, S9; tutorial 28
SELECT * FROM ML.PREDICT(MODEL d.scorer, (SELECT 1.5 AS a, 2.0 AS b, 'x' AS more));
-- columns: score FLOAT64, remote_model_status STRING, a FLOAT64, b FLOAT64, more STRING
-- rows:
-- [3.5, "", 1.5, 2.0, "x"]
