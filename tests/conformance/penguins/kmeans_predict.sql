-- The nearest cluster, all distances with the nearest first, then the data.
-- source: BigQuery bigqueryml-syntax-predict.md; live service's shape (9 columns)
-- covers: ML.PREDICT on kmeans; model kmeans; statement S1, S3, S6
-- accepts: option num_clusters of kmeans
SELECT * FROM ML.PREDICT(MODEL bqml.kmeans, TABLE bqml.four_penguins) ORDER BY n;
-- columns: CENTROID_ID INT64, NEAREST_CENTROIDS_DISTANCE ARRAY<STRUCT<CENTROID_ID INT64, DISTANCE FLOAT64>>, n INT64,
-- species STRING, island STRING, culmen_length_mm FLOAT64, culmen_depth_mm FLOAT64, flipper_length_mm INT64,
-- body_mass_g INT64, sex STRING
