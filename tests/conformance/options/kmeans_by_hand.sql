-- The distances are those of geometry to the published centroids, the nearest comes first, and a centroid is the mean of its rows.
-- source: √Σ(x − c)² and AVG computed in the query from ML.CENTROIDS
-- covers: ML.PREDICT on kmeans; ML.CENTROIDS on kmeans; model kmeans
-- tolerance: 1e-9
CREATE OR REPLACE MODEL o.kmeans_by_hand OPTIONS (model_type = 'kmeans', num_clusters = 3, standardize_features = FALSE, max_iterations = 50, min_rel_progress = 1e-12, early_stop = FALSE) AS SELECT a, b FROM o.rows;
WITH told AS (SELECT n, a, b, p.CENTROID_ID AS nearest, d.CENTROID_ID AS centroid_id, d.DISTANCE AS distance, place
  FROM ML.PREDICT(MODEL o.kmeans_by_hand, (SELECT n, a, b FROM o.rows)) AS p, UNNEST(NEAREST_CENTROIDS_DISTANCE) AS d WITH OFFSET AS place),
centroids AS (SELECT centroid_id, MAX(IF(feature = 'a', numerical_value, NULL)) AS ca, MAX(IF(feature = 'b', numerical_value, NULL)) AS cb FROM ML.CENTROIDS(MODEL o.kmeans_by_hand) GROUP BY centroid_id)
SELECT centroid_id, COUNT(*) AS told, MAX(ABS(distance - SQRT(POW(a - ca, 2) + POW(b - cb, 2)))) < 1e-9 AS by_hand,
  LOGICAL_AND((place = 0) = (nearest = centroid_id)) AS nearest_first, AVG(IF(nearest = centroid_id, a, NULL)) / ANY_VALUE(ca) AS mean_a, AVG(IF(nearest = centroid_id, b, NULL)) / ANY_VALUE(cb) AS mean_b
FROM told JOIN centroids USING (centroid_id) GROUP BY centroid_id ORDER BY centroid_id;
-- columns: centroid_id INT64, told INT64, by_hand BOOL, nearest_first BOOL, mean_a FLOAT64, mean_b FLOAT64
-- rows:
-- [1, 600, true, true, 1, 1]
-- [2, 600, true, true, 1, 1]
-- [3, 600, true, true, 1, 1]
