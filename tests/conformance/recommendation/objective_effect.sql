-- The metric that is asked for chooses among the trials: the one with the lowest average rank is the best.
-- source: BigQuery hp-tuning-overview.md (objectives); bigqueryml-syntax-trial-info.md
-- covers: option hparam_tuning_objectives of matrix_factorization
CREATE OR REPLACE MODEL bqml.tried_ranks OPTIONS (model_type = 'MATRIX_FACTORIZATION', feedback_type = 'IMPLICIT', user_col = 'visitor', item_col = 'page', rating_col = 'duration', max_iterations = 2, num_trials = 2, hparam_tuning_objectives = ['AVERAGE_RANK'], num_factors = HPARAM_CANDIDATES([2, 5])) AS SELECT visitor, page, duration FROM bqml.stays;
SELECT COUNT(*) AS trials, LOGICAL_AND(is_optimal = (hparam_tuning_evaluation_metrics.average_rank = least)) AS best FROM ML.TRIAL_INFO(MODEL bqml.tried_ranks)
CROSS JOIN (SELECT MIN(hparam_tuning_evaluation_metrics.average_rank) AS least FROM ML.TRIAL_INFO(MODEL bqml.tried_ranks));
-- columns: trials INT64, best BOOL
-- rows:
-- [2, true]
