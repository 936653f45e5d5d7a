-- A search space that no trial can heed fails before anything is trained.
-- source: BigQuery hp-tuning-overview.md (Conditional hyperparameters)
-- covers: input wrong_word
CREATE OR REPLACE MODEL tune.never
OPTIONS (model_type='BOOSTED_TREE_REGRESSOR', input_label_cols=['amount'], num_trials=2,
  booster_type=HPARAM_CANDIDATES(['GBTREE']), dropout=HPARAM_RANGE(0, 0.5))
AS SELECT a, b, amount FROM tune.rows;
-- error: means nothing without booster_type = 'DART'
