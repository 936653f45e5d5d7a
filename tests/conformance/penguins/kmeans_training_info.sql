-- One row a round, with each cluster's radius and size; k-means has no eval_loss.
-- source: BigQuery bigqueryml-syntax-train.md
-- covers: ML.TRAINING_INFO on kmeans
SELECT * FROM ML.TRAINING_INFO(MODEL bqml.kmeans_begun) ORDER BY iteration LIMIT 1;
-- columns: training_run INT64, iteration INT64, loss FLOAT64, learning_rate FLOAT64, duration_ms INT64,
-- cluster_info ARRAY<STRUCT<centroid_id INT64, cluster_radius FLOAT64, cluster_size INT64>>
