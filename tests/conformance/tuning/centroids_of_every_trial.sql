-- Centroids of every trial: two of the first, three of the second.
-- source: BigQuery hp-tuning-overview.md (Model serving functions); bigqueryml-syntax-centroids.md
-- covers: ML.CENTROIDS on kmeans
SELECT trial_id, COUNT(DISTINCT centroid_id) AS centroids FROM ML.CENTROIDS(MODEL tune.groups)
GROUP BY trial_id ORDER BY centroids;
-- columns: trial_id INT64, centroids INT64
-- rows:
-- ["*", 2]
-- ["*", 3]
