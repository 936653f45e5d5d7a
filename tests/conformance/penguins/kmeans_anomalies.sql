-- The published distances of three rows from their nearest cluster, in units of its radius.
-- source: googleapis/python-bigquery-dataframes tests/system/small/ml/test_cluster.py test_kmeans_detect_anomalies_params, live service; recomputed
-- tolerance: 1 % as the service's clusters are those of its own start; ours are the better optimum or the same
-- covers: ML.DETECT_ANOMALIES on kmeans; model kmeans; oracle KMEANS; option num_clusters of kmeans
SELECT is_anomaly, normalized_distance, tag_number FROM ML.DETECT_ANOMALIES(MODEL bqml.kmeans, STRUCT(0.4 AS contamination), TABLE bqml.new_penguins) ORDER BY tag_number;
-- columns: is_anomaly BOOL, normalized_distance FLOAT64, tag_number INT64
-- rows:
-- [true, 1.082937, 1633]
-- [false, 0.77139, 1672]
-- [false, 0.478304, 1690]
