-- The published anomalies where a share of .1 of the training rows counts as such.
-- source: googleapis/python-bigquery-dataframes tests/system/small/ml/test_decomposition.py and test_core.py, live service; recomputed to every digit
-- covers: ML.DETECT_ANOMALIES on pca; oracle PCA
SELECT * FROM ML.DETECT_ANOMALIES(MODEL bqml.pca, STRUCT(0.1 AS contamination), TABLE bqml.new_penguins) ORDER BY tag_number;
-- columns: is_anomaly BOOL, mean_squared_error FLOAT64, tag_number INT64, ...
-- rows:
-- [false, 0.254188, 1633]
-- [true, 0.731243, 1672]
-- [false, 0.298889, 1690]
