-- The trees learn what the columns tell of the outcome.
-- source: BigQuery's page of the model type; googleapis/python-bigquery-dataframes tests/system/large/ml
-- covers: model boosted_tree_regressor
-- differs: LightGBM grows the trees, where BigQuery has XGBoost: its options have the same names and meanings, its trees are others.
SELECT r2_score > 0.8 AS learned FROM ML.EVALUATE(MODEL bqml.boosted_regressor);
-- columns: learned BOOL
-- rows:
-- [true]
