-- So many clusters; distances, scales and beginnings as asked for; rounds until they gain too little.
-- source: BigQuery's page of the model type, section 2 of the reference
-- covers: option num_clusters, distance_type, standardize_features, kmeans_init_method, max_iterations, early_stop, min_rel_progress of kmeans
CREATE OR REPLACE MODEL o.kmeans_three OPTIONS (model_type = 'kmeans', num_clusters = 3) AS SELECT a, b FROM o.rows;
CREATE OR REPLACE MODEL o.kmeans_five OPTIONS (model_type = 'kmeans', num_clusters = 5) AS SELECT a, b FROM o.rows;
CREATE OR REPLACE MODEL o.kmeans_angles OPTIONS (model_type = 'kmeans', num_clusters = 3, distance_type = 'COSINE') AS SELECT a, b FROM o.rows;
CREATE OR REPLACE MODEL o.kmeans_as_they_are OPTIONS (model_type = 'kmeans', num_clusters = 3, standardize_features = FALSE) AS SELECT a, b FROM o.rows;
CREATE OR REPLACE MODEL o.kmeans_spread OPTIONS (model_type = 'kmeans', num_clusters = 5, max_iterations = 1, kmeans_init_method = 'KMEANS++') AS SELECT a, b FROM o.rows;
CREATE OR REPLACE MODEL o.kmeans_random OPTIONS (model_type = 'kmeans', num_clusters = 5, max_iterations = 1, kmeans_init_method = 'RANDOM') AS SELECT a, b FROM o.rows;
CREATE OR REPLACE MODEL o.kmeans_to_the_end OPTIONS (model_type = 'kmeans', num_clusters = 5, max_iterations = 4, early_stop = FALSE) AS SELECT a, b FROM o.rows;
CREATE OR REPLACE MODEL o.kmeans_stopped OPTIONS (model_type = 'kmeans', num_clusters = 5, max_iterations = 4, min_rel_progress = 0.9) AS SELECT a, b FROM o.rows;
CREATE OR REPLACE MODEL o.kmeans_patient OPTIONS (model_type = 'kmeans', num_clusters = 5, max_iterations = 4, min_rel_progress = 0.000001) AS SELECT a, b FROM o.rows;
SELECT (SELECT COUNT(DISTINCT centroid_id) FROM ML.CENTROIDS(MODEL o.kmeans_three)) AS three, (SELECT COUNT(DISTINCT centroid_id) FROM ML.CENTROIDS(MODEL o.kmeans_five)) AS five, (SELECT mean_squared_distance FROM ML.EVALUATE(MODEL o.kmeans_angles, TABLE o.rows)) <> (SELECT mean_squared_distance FROM ML.EVALUATE(MODEL o.kmeans_three, TABLE o.rows)) AS angles, (SELECT mean_squared_distance FROM ML.EVALUATE(MODEL o.kmeans_as_they_are, TABLE o.rows)) <> (SELECT mean_squared_distance FROM ML.EVALUATE(MODEL o.kmeans_three, TABLE o.rows)) AS as_they_are, (SELECT mean_squared_distance FROM ML.EVALUATE(MODEL o.kmeans_spread, TABLE o.rows)) <> (SELECT mean_squared_distance FROM ML.EVALUATE(MODEL o.kmeans_random, TABLE o.rows)) AS begun,
  (SELECT COUNT(*) FROM ML.TRAINING_INFO(MODEL o.kmeans_to_the_end)) AS to_the_end, (SELECT COUNT(*) FROM ML.TRAINING_INFO(MODEL o.kmeans_stopped)) < (SELECT COUNT(*) FROM ML.TRAINING_INFO(MODEL o.kmeans_to_the_end)) AS stopped, (SELECT COUNT(*) FROM ML.TRAINING_INFO(MODEL o.kmeans_stopped)) < (SELECT COUNT(*) FROM ML.TRAINING_INFO(MODEL o.kmeans_patient)) AS sooner;
-- columns: three INT64, five INT64, angles BOOL, as_they_are BOOL, begun BOOL, to_the_end INT64, stopped BOOL, sooner BOOL
-- rows:
-- [3, 5, true, true, true, 4, true, true]
