-- Trials over a range: one row each, the best of them marked.
-- source: BigQuery bigqueryml-syntax-hp-tuning-overview.md; bigqueryml-syntax-trial-info.md; the optimal trial is the one whose metric is best, the first of equals
-- covers: ML.TRIAL_INFO on linear_reg; statement S4; option num_trials of linear_reg
-- accepts: option max_parallel_trials, hparam_tuning_algorithm, data_split_test_fraction of linear_reg; option hparam_tuning_objectives of linear_reg
CREATE OR REPLACE MODEL o.linear_reg_tried OPTIONS (model_type = 'linear_reg', input_label_cols = ['amount'], num_trials = 2, max_parallel_trials = 1, hparam_tuning_algorithm = 'RANDOM_SEARCH', hparam_tuning_objectives = ['R2_SCORE'], data_split_method = 'RANDOM', data_split_eval_fraction = 0.2, data_split_test_fraction = 0.1, l2_reg = HPARAM_RANGE(0.1, 0.5)) AS SELECT a, b, word, amount FROM o.rows;
SELECT i.*, is_optimal = (ROW_NUMBER() OVER (ORDER BY hparam_tuning_evaluation_metrics.r2_score DESC, trial_id) = 1) AS best, training_loss > 0 AND hparam_tuning_evaluation_metrics.r2_score != 0 AS judged
FROM ML.TRIAL_INFO(MODEL o.linear_reg_tried) AS i ORDER BY trial_id;
-- columns: trial_id INT64, hyperparameters STRUCT<l2_reg FLOAT64>,
-- hparam_tuning_evaluation_metrics STRUCT<r2_score FLOAT64>, training_loss FLOAT64, eval_loss FLOAT64, status STRING,
-- error_message STRING, is_optimal BOOL, best BOOL, judged BOOL
-- rows:
-- [1, "*", "*", "*", "*", "SUCCEEDED", null, "*", true, true]
-- [2, "*", "*", "*", "*", "SUCCEEDED", null, "*", true, true]
