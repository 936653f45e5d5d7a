-- Layers to choose from stand in a STRUCT each, as BigQuery has no lists of lists.
-- source: BigQuery hp-tuning-overview.md; BigQuery bigqueryml-syntax-trial-info.md
-- covers: ML.TRIAL_INFO on dnn_linear_combined_classifier; option num_trials of dnn_linear_combined_classifier
-- accepts: option max_parallel_trials, hparam_tuning_algorithm, data_split_test_fraction of dnn_linear_combined_classifier; option hparam_tuning_objectives of dnn_linear_combined_classifier
-- needs: torch
CREATE OR REPLACE MODEL tune.dnn_linear_combined_classifier_tried
OPTIONS (model_type='DNN_LINEAR_COMBINED_CLASSIFIER', input_label_cols=['bought'], max_iterations=1, num_trials=2, max_parallel_trials=2,
  hparam_tuning_algorithm='VIZIER_DEFAULT', hparam_tuning_objectives=['ROC_AUC'],
  hidden_units=HPARAM_CANDIDATES([STRUCT([2]), STRUCT([3, 2])]), dropout=HPARAM_RANGE(0, 0.5), data_split_method='RANDOM',
  data_split_eval_fraction=0.2, data_split_test_fraction=0.1)
AS SELECT a, b, word, bought FROM tune.rows;
SELECT * FROM ML.TRIAL_INFO(MODEL tune.dnn_linear_combined_classifier_tried) ORDER BY trial_id;
-- columns: trial_id INT64, hyperparameters STRUCT<hidden_units ARRAY<INT64>, dropout FLOAT64>,
-- hparam_tuning_evaluation_metrics STRUCT<roc_auc FLOAT64>, training_loss FLOAT64, eval_loss FLOAT64, status STRING,
-- error_message STRING, is_optimal BOOL
-- rows:
-- [1, {"hidden_units": [2], "dropout": 0}, "*", "*", "*", "SUCCEEDED", null, "*"]
-- [2, "*", "*", "*", "*", "SUCCEEDED", null, "*"]
