-- The published metrics of four new rows.
-- source: googleapis/python-bigquery-dataframes tests/system/small/ml/test_cluster.py test_kmeans_score, live service
-- covers: ML.EVALUATE on kmeans; oracle KMEANS
SELECT * FROM ML.EVALUATE(MODEL bqml.kmeans_begun, TABLE bqml.four_penguins);
-- columns: davies_bouldin_index FLOAT64, mean_squared_distance FLOAT64
-- rows:
-- [1.523606, 1.965944]
