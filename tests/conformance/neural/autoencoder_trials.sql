-- Trials over layers and over a range: one row each, the best of them marked.
-- source: BigQuery bigqueryml-syntax-hp-tuning-overview.md; bigqueryml-syntax-trial-info.md; the optimal trial is the one whose metric is best, the first of equals
-- covers: ML.TRIAL_INFO on autoencoder; statement S4; option num_trials, hparam_tuning_objectives of autoencoder
-- accepts: option max_parallel_trials, hparam_tuning_algorithm of autoencoder
-- needs: torch
CREATE OR REPLACE MODEL bqml.autoencoder_tried OPTIONS (model_type='autoencoder', num_trials=2, max_parallel_trials=1,
  hparam_tuning_algorithm='RANDOM_SEARCH', hparam_tuning_objectives=['MEAN_ABSOLUTE_ERROR'], max_iterations=1,
  hidden_units=HPARAM_CANDIDATES([STRUCT([2]), STRUCT([4, 2, 4])]), dropout=HPARAM_RANGE(0, 0.5)) AS SELECT * FROM bqml.penguins WHERE body_mass_g IS NOT NULL;
SELECT i.*, is_optimal = (ROW_NUMBER() OVER (ORDER BY hparam_tuning_evaluation_metrics.mean_absolute_error ASC, trial_id) = 1) AS best, training_loss > 0 AND hparam_tuning_evaluation_metrics.mean_absolute_error != 0 AS judged
FROM ML.TRIAL_INFO(MODEL bqml.autoencoder_tried) AS i ORDER BY trial_id;
-- columns: trial_id INT64, hyperparameters STRUCT<hidden_units ARRAY<INT64>, dropout FLOAT64>,
-- hparam_tuning_evaluation_metrics STRUCT<mean_absolute_error FLOAT64>, training_loss FLOAT64, eval_loss FLOAT64,
-- status STRING, error_message STRING, is_optimal BOOL, best BOOL, judged BOOL
-- rows:
-- [1, "*", "*", "*", "*", "SUCCEEDED", null, "*", true, true]
-- [2, "*", "*", "*", "*", "SUCCEEDED", null, "*", true, true]
