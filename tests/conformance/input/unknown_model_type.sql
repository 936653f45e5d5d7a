-- The nearest model type is named.
-- source: the issue: every unknown option or function gets its nearest name
-- covers: input unknown_model_type
CREATE MODEL shop.x OPTIONS (model_type = 'linear_regression', input_label_cols = ['amount']) AS SELECT price, amount FROM shop.sales;
-- error: linear_reg
