-- The published distances of three rows from their nearest cluster, in units of its radius; .4 of the rows count as anomalies.
-- source: googleapis/python-bigquery-dataframes tests/system/small/ml/test_cluster.py test_kmeans_detect_anomalies_params, live service
-- covers: ML.DETECT_ANOMALIES on kmeans; oracle KMEANS; option kmeans_init_method, kmeans_init_col, early_stop, min_rel_progress of kmeans
SELECT is_anomaly, normalized_distance, tag_number
FROM ML.DETECT_ANOMALIES(MODEL bqml.kmeans_begun, STRUCT(0.4 AS contamination), TABLE bqml.new_penguins) ORDER BY tag_number;
-- columns: is_anomaly BOOL, normalized_distance FLOAT64, tag_number INT64
-- rows:
-- [true, 1.082937, 1633]
-- [false, 0.77139, 1672]
-- [false, 0.478304, 1690]
