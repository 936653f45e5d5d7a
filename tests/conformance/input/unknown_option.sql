-- The nearest option is named.
-- source: the issue: every unknown option or function gets its nearest name
-- covers: input unknown_option
CREATE MODEL shop.x OPTIONS (model_type = 'linear_reg', input_label_cols = ['amount'], l2_rge = 1.0) AS SELECT price, amount FROM shop.sales;
-- error: Did you mean 'l2_reg'?
