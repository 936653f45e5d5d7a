-- A trial whose values do not go together is INFEASIBLE and says why; the others go on.
-- source: BigQuery hp-tuning-overview.md (Error handling)
-- covers: option dart_normalize_type of boosted_tree_regressor
-- differs: LightGBM has no normalisation of DART by FOREST, so that such a trial is INFEASIBLE; BigQuery trains it
CREATE OR REPLACE MODEL tune.darts
OPTIONS (model_type='BOOSTED_TREE_REGRESSOR', input_label_cols=['amount'], max_iterations=2, num_trials=3,
  hparam_tuning_algorithm='GRID_SEARCH', booster_type=HPARAM_CANDIDATES(['GBTREE', 'DART']),
  dart_normalize_type=HPARAM_CANDIDATES(['TREE', 'FOREST']))
AS SELECT a, b, amount FROM tune.rows;
SELECT hyperparameters.booster_type, hyperparameters.dart_normalize_type, status
FROM ML.TRIAL_INFO(MODEL tune.darts) ORDER BY trial_id;
-- columns: booster_type STRING, dart_normalize_type STRING, status STRING
-- rows:
-- ["GBTREE", null, "SUCCEEDED"]
-- ["DART", "TREE", "SUCCEEDED"]
-- ["DART", "FOREST", "INFEASIBLE"]
