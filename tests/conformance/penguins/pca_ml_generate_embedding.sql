-- The components as one vector, then every column of the data; the numbers are the published ones, but for the sign of the second.
-- source: BigQuery bigqueryml-syntax-generate-embedding.md; the scores by googleapis/python-bigquery-dataframes tests/system/small/ml, live service
-- covers: ML.GENERATE_EMBEDDING on pca
SELECT ROUND(ml_generate_embedding_result[OFFSET(0)], 6) AS first, ABS(ROUND(ml_generate_embedding_result[OFFSET(1)], 6)) AS second, tag_number FROM ML.GENERATE_EMBEDDING(MODEL bqml.pca, TABLE bqml.new_penguins) ORDER BY tag_number;
-- columns: first FLOAT64, second FLOAT64, tag_number INT64
-- rows:
-- [-1.314041, 0.889106, 1633]
-- [-0.855813, 1.259753, 1672]
-- [-1.848786, 0.983304, 1690]
