-- The rows of ML.CENTROIDS: a number has a value, a word has the shares of its categories.
-- source: BigQuery bigqueryml-syntax-centroids.md; googleapis/python-bigquery-dataframes tests/system/small/ml/test_cluster.py
-- covers: ML.CENTROIDS on kmeans
SELECT * FROM ML.CENTROIDS(MODEL bqml.kmeans) ORDER BY centroid_id, feature;
-- columns: centroid_id INT64, feature STRING, numerical_value FLOAT64,
-- categorical_value ARRAY<STRUCT<category STRING, value FLOAT64>>
