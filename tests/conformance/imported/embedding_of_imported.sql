-- What an imported model gives is a vector to search by.
-- source: BigQuery generate-embedding-with-tensorflow-models.md (its shape; the vectors are those of the small vision model)
-- covers: tutorial 29; ML.PREDICT on onnx
SELECT base.n, distance FROM VECTOR_SEARCH((SELECT n, means FROM ML.PREDICT(MODEL d.colours, (SELECT 1 AS n, [1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0] AS input UNION ALL SELECT 2, [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]))), 'means', query_value => [0.0, 1.0, 0.0], top_k => 1);
-- columns: n INT64, distance FLOAT64
-- rows:
-- [2, 0.0]
