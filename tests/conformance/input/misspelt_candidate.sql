-- A misspelt word among the candidates of a searched option.
-- source: BigQuery bigqueryml-syntax-create-boosted-tree.md, hyperparameter tuning
-- covers: input misspelt_value
CREATE MODEL shop.never OPTIONS (model_type = 'boosted_tree_classifier', num_trials = 2, input_label_cols = ['kind'],
  booster_type = HPARAM_CANDIDATES(['GBTREEE', 'DART'])) AS SELECT 1 AS x, 'a' AS kind;
-- error: Did you mean 'GBTREE'?
