-- The search starts at the default, or at the candidate nearest to it.
-- source: BigQuery hp-tuning-overview.md (Search starting point); BigQuery bigqueryml-syntax-trial-info.md
-- covers: ML.TRIAL_INFO on matrix_factorization; option num_trials of matrix_factorization
-- accepts: option max_parallel_trials, hparam_tuning_algorithm of matrix_factorization; option hparam_tuning_objectives of matrix_factorization
CREATE OR REPLACE MODEL tune.ratings_tried
OPTIONS (model_type='MATRIX_FACTORIZATION', feedback_type='IMPLICIT', num_trials=2, max_parallel_trials=1,
  hparam_tuning_algorithm='VIZIER_DEFAULT', hparam_tuning_objectives=['AVERAGE_RANK'], num_factors=3,
  wals_alpha=HPARAM_CANDIDATES([10, 20, 30]))
AS SELECT user, item, rating FROM tune.ratings;
SELECT * FROM ML.TRIAL_INFO(MODEL tune.ratings_tried) ORDER BY trial_id;
-- columns: trial_id INT64, hyperparameters STRUCT<wals_alpha FLOAT64>,
-- hparam_tuning_evaluation_metrics STRUCT<average_rank FLOAT64>, training_loss FLOAT64, eval_loss FLOAT64, status STRING,
-- error_message STRING, is_optimal BOOL
-- rows:
-- [1, {"wals_alpha": 30}, "*", "*", "*", "SUCCEEDED", null, "*"]
-- [2, "*", "*", "*", "*", "SUCCEEDED", null, "*"]
