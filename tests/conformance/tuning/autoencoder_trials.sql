-- Without a label all rows train and choose.
-- source: BigQuery hp-tuning-overview.md; BigQuery bigqueryml-syntax-trial-info.md
-- covers: ML.TRIAL_INFO on autoencoder; option num_trials, hparam_tuning_objectives of autoencoder
-- accepts: option max_parallel_trials, hparam_tuning_algorithm of autoencoder
-- needs: torch
CREATE OR REPLACE MODEL tune.autoencoder_tried
OPTIONS (model_type='AUTOENCODER', hidden_units=[2], max_iterations=1, num_trials=2, max_parallel_trials=1,
  hparam_tuning_algorithm='RANDOM_SEARCH', hparam_tuning_objectives=['MEAN_ABSOLUTE_ERROR'],
  learn_rate=HPARAM_RANGE(0.001, 0.1))
AS SELECT a, b, word FROM tune.rows;
SELECT * FROM ML.TRIAL_INFO(MODEL tune.autoencoder_tried) ORDER BY trial_id;
-- columns: trial_id INT64, hyperparameters STRUCT<learn_rate FLOAT64>,
-- hparam_tuning_evaluation_metrics STRUCT<mean_absolute_error FLOAT64>, training_loss FLOAT64, eval_loss FLOAT64, status STRING,
-- error_message STRING, is_optimal BOOL
-- rows:
-- [1, {"learn_rate": 0.001}, "*", "*", "*", "SUCCEEDED", null, "*"]
-- [2, "*", "*", "*", "*", "SUCCEEDED", null, "*"]
