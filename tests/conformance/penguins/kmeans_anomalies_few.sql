-- None of the three rows is an anomaly where a tenth of the training rows counts as such; first the result, then the data.
-- source: googleapis/python-bigquery-dataframes tests/system/small/ml/test_cluster.py test_kmeans_detect_anomalies, live service
-- covers: ML.DETECT_ANOMALIES on kmeans; oracle KMEANS
SELECT * FROM ML.DETECT_ANOMALIES(MODEL bqml.kmeans_begun, STRUCT(0.1 AS contamination), TABLE bqml.new_penguins) ORDER BY tag_number;
-- columns: is_anomaly BOOL, normalized_distance FLOAT64, centroid_id INT64, tag_number INT64, ...
-- rows:
-- [false, "*", "*", 1633]
-- [false, "*", "*", 1672]
-- [false, "*", "*", 1690]
