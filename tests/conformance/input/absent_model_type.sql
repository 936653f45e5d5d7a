-- A model type of BigQuery that is not here says what comes nearest.
-- source: what cannot be done says so by name, with the reason and the nearest thing that works
-- covers: input absent_model_type
CREATE MODEL shop.x OPTIONS (model_type = 'AUTOML_REGRESSOR', budget_hours = 1.0, input_label_cols = ['amount']) AS SELECT price, amount FROM shop.sales;
-- error: Nearest: model_type = 'boosted_tree_regressor'
