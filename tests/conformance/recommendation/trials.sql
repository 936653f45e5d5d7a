-- Numbers of factors, tried.
-- source: BigQuery bigqueryml-syntax-trial-info.md; the optimal trial is the one whose metric is best, the first of equals
-- covers: ML.TRIAL_INFO on matrix_factorization; option num_trials of matrix_factorization
-- accepts: option max_parallel_trials, hparam_tuning_algorithm of matrix_factorization; option hparam_tuning_objectives of matrix_factorization
CREATE OR REPLACE MODEL bqml.tried OPTIONS (model_type = 'MATRIX_FACTORIZATION', user_col = 'user_id', item_col = 'item_id', num_trials = 2, max_parallel_trials = 1, hparam_tuning_algorithm = 'GRID_SEARCH', hparam_tuning_objectives = ['MEAN_SQUARED_ERROR'], num_factors = HPARAM_CANDIDATES([2, 3])) AS SELECT user_id, item_id, rating FROM bqml.ratings;
SELECT i.*, is_optimal = (ROW_NUMBER() OVER (ORDER BY hparam_tuning_evaluation_metrics.mean_squared_error ASC, trial_id) = 1) AS best, training_loss > 0 AND hparam_tuning_evaluation_metrics.mean_squared_error != 0 AS judged
FROM ML.TRIAL_INFO(MODEL bqml.tried) AS i ORDER BY trial_id;
-- columns: trial_id INT64, hyperparameters STRUCT<num_factors INT64>,
-- hparam_tuning_evaluation_metrics STRUCT<mean_squared_error FLOAT64>, training_loss FLOAT64, eval_loss FLOAT64,
-- status STRING, error_message STRING, is_optimal BOOL, best BOOL, judged BOOL
-- rows:
-- [1, "*", "*", "*", "*", "SUCCEEDED", null, "*", true, true]
-- [2, "*", "*", "*", "*", "SUCCEEDED", null, "*", true, true]
