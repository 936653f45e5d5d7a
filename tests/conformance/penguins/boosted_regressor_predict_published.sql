-- The published predictions of a boosted tree.
-- source: googleapis/python-bigquery-dataframes tests/system/small/ml/test_ensemble.py, live service
-- covers: oracle BOOSTED_TREE_REGRESSOR
-- tolerance: 7 % as XGBoost and LightGBM grow trees of another shape from 342 rows
SELECT tag_number, predicted_body_mass_g FROM ML.PREDICT(MODEL bqml.boosted_regressor, TABLE bqml.new_penguins) ORDER BY tag_number;
-- columns: tag_number INT64, predicted_body_mass_g FLOAT64
-- rows: 
-- [1633, 4293.1538]
-- [1672, 3410.0271]
-- [1690, 3357.944]
