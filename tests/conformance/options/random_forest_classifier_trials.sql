-- Trials over a range: one row each, the best of them marked.
-- source: BigQuery bigqueryml-syntax-hp-tuning-overview.md; bigqueryml-syntax-trial-info.md; the optimal trial is the one whose metric is best, the first of equals
-- covers: ML.TRIAL_INFO on random_forest_classifier; statement S4; option num_trials, hparam_tuning_objectives of random_forest_classifier
-- accepts: option max_parallel_trials, hparam_tuning_algorithm, data_split_test_fraction of random_forest_classifier
CREATE OR REPLACE MODEL o.random_forest_classifier_tried OPTIONS (model_type = 'random_forest_classifier', input_label_cols = ['bought'], num_trials = 2, max_parallel_trials = 1, hparam_tuning_algorithm = 'RANDOM_SEARCH', hparam_tuning_objectives = ['ACCURACY'], data_split_method = 'RANDOM', data_split_eval_fraction = 0.2, data_split_test_fraction = 0.1, subsample = HPARAM_RANGE(0.1, 0.5), num_parallel_tree = 3) AS SELECT a, b, word, bought FROM o.rows;
SELECT i.*, is_optimal = (ROW_NUMBER() OVER (ORDER BY hparam_tuning_evaluation_metrics.accuracy DESC, trial_id) = 1) AS best, training_loss > 0 AND hparam_tuning_evaluation_metrics.accuracy != 0 AS judged
FROM ML.TRIAL_INFO(MODEL o.random_forest_classifier_tried) AS i ORDER BY trial_id;
-- columns: trial_id INT64, hyperparameters STRUCT<subsample FLOAT64>,
-- hparam_tuning_evaluation_metrics STRUCT<accuracy FLOAT64>, training_loss FLOAT64, eval_loss FLOAT64, status STRING,
-- error_message STRING, is_optimal BOOL, best BOOL, judged BOOL
-- rows:
-- [1, "*", "*", "*", "*", "SUCCEEDED", null, "*", true, true]
-- [2, "*", "*", "*", "*", "SUCCEEDED", null, "*", true, true]
