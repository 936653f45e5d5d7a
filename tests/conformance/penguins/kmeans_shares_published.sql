-- The published shares of the sexes in each cluster; NULL is a category of its own.
-- source: googleapis/python-bigquery-dataframes tests/system/small/ml/test_cluster.py test_kmeans_cluster_centers, live service
-- covers: ML.CENTROIDS on kmeans; oracle KMEANS
SELECT found.category, found.value FROM ML.CENTROIDS(MODEL bqml.kmeans_begun), UNNEST(categorical_value) AS found
WHERE feature = 'sex' ORDER BY found.value;
-- columns: category STRING, value FLOAT64
-- rows:
-- [".", 0.008064516129032258]
-- ["_null_filler", 0.024193548387096774]
-- ["_null_filler", 0.03125]
-- ["_null_filler", 0.03260869565217391]
-- ["FEMALE", 0.2826086956521739]
-- ["MALE", 0.34375]
-- ["FEMALE", 0.47580645161290325]
-- ["MALE", 0.49193548387096775]
-- ["FEMALE", 0.625]
-- ["MALE", 0.6847826086956522]
