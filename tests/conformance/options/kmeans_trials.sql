-- Numbers of clusters tried one by one.
-- source: BigQuery bigqueryml-syntax-create-kmeans.md; the optimal trial is the one whose metric is best, the first of equals
-- covers: ML.TRIAL_INFO on kmeans; option num_trials of kmeans
-- accepts: option hparam_tuning_algorithm, max_parallel_trials of kmeans; option hparam_tuning_objectives of kmeans
CREATE OR REPLACE MODEL o.kmeans_tried OPTIONS (model_type = 'kmeans', num_trials = 2, max_parallel_trials = 2, hparam_tuning_algorithm = 'GRID_SEARCH', hparam_tuning_objectives = ['DAVIES_BOULDIN_INDEX'], num_clusters = HPARAM_CANDIDATES([2, 4])) AS SELECT a, b FROM o.rows;
SELECT i.*, is_optimal = (ROW_NUMBER() OVER (ORDER BY hparam_tuning_evaluation_metrics.davies_bouldin_index ASC, trial_id) = 1) AS best, training_loss > 0 AND hparam_tuning_evaluation_metrics.davies_bouldin_index != 0 AS judged, ABS(hparam_tuning_evaluation_metrics.davies_bouldin_index / (SELECT e.davies_bouldin_index FROM ML.EVALUATE(MODEL o.kmeans_tried) AS e WHERE e.trial_id = i.trial_id) - 1) < 1e-9 AS evaluated
FROM ML.TRIAL_INFO(MODEL o.kmeans_tried) AS i ORDER BY trial_id;
-- columns: trial_id INT64, hyperparameters STRUCT<num_clusters INT64>,
-- hparam_tuning_evaluation_metrics STRUCT<davies_bouldin_index FLOAT64>, training_loss FLOAT64, eval_loss FLOAT64,
-- status STRING, error_message STRING, is_optimal BOOL, best BOOL, judged BOOL, evaluated BOOL
-- rows:
-- [1, "*", "*", "*", "*", "SUCCEEDED", null, "*", true, true, true]
-- [2, "*", "*", "*", "*", "SUCCEEDED", null, "*", true, true, true]
