-- The published centroids of the numeric columns, in their own units.
-- source: googleapis/python-bigquery-dataframes tests/system/small/ml/test_cluster.py test_kmeans_cluster_centers, live service
-- tolerance: 1 % as the service stopped before its clusters came to rest
-- covers: ML.CENTROIDS on kmeans; oracle KMEANS
SELECT MIN(numerical_value) AS least, MAX(numerical_value) AS most, feature
FROM ML.CENTROIDS(MODEL bqml.kmeans_begun) WHERE numerical_value IS NOT NULL GROUP BY feature ORDER BY feature;
-- columns: least FLOAT64, most FLOAT64, feature STRING
-- rows:
-- [14.993548, 18.834808, "culmen_depth_mm"]
-- [38.207813, 47.509677, "culmen_length_mm"]
-- [187.992188, 217.040123, "flipper_length_mm"]
