-- The published centroids of the numeric columns, in their own units.
-- source: googleapis/python-bigquery-dataframes tests/system/small/ml/test_cluster.py test_kmeans_cluster_centers, live service
-- tolerance: 1e-6 as the last digits of 217.040123 are none of a mean of 124 whole numbers: it is 26,913 / 124 = 217.040323
-- covers: ML.CENTROIDS on kmeans; oracle KMEANS
SELECT MIN(numerical_value) AS least, MAX(numerical_value) AS most, feature
FROM ML.CENTROIDS(MODEL bqml.kmeans_begun) WHERE numerical_value IS NOT NULL GROUP BY feature ORDER BY feature;
-- columns: least FLOAT64, most FLOAT64, feature STRING
-- rows:
-- [14.993548, 18.834808, "culmen_depth_mm"]
-- [38.207813, 47.509677, "culmen_length_mm"]
-- [187.992188, 217.040123, "flipper_length_mm"]
