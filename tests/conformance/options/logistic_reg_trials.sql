-- Trials over a range: one row each, the best of them marked.
-- source: BigQuery bigqueryml-syntax-hp-tuning-overview.md; bigqueryml-syntax-trial-info.md
-- covers: ML.TRIAL_INFO on logistic_reg; statement S4; option num_trials, hparam_tuning_objectives of logistic_reg
-- accepts: option max_parallel_trials, hparam_tuning_algorithm, data_split_test_fraction of logistic_reg
CREATE OR REPLACE MODEL o.logistic_reg_tried OPTIONS (model_type = 'logistic_reg', input_label_cols = ['bought'], num_trials = 2, max_parallel_trials = 1, hparam_tuning_algorithm = 'RANDOM_SEARCH', hparam_tuning_objectives = ['ROC_AUC'], data_split_method = 'RANDOM', data_split_eval_fraction = 0.2, data_split_test_fraction = 0.1, l2_reg = HPARAM_RANGE(0.1, 0.5)) AS SELECT a, b, word, bought FROM o.rows;
SELECT * FROM ML.TRIAL_INFO(MODEL o.logistic_reg_tried) ORDER BY trial_id;
-- columns: trial_id INT64, hyperparameters STRUCT<l2_reg FLOAT64>,
-- hparam_tuning_evaluation_metrics STRUCT<roc_auc FLOAT64>, training_loss FLOAT64, eval_loss FLOAT64, status STRING,
-- error_message STRING, is_optimal BOOL
-- rows: 2
