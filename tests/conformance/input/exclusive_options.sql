-- Two options that exclude each other.
-- source: BigQuery bigqueryml-syntax-create-glm.md CLASS_WEIGHTS
-- covers: input exclusive_options
CREATE MODEL shop.x OPTIONS (model_type = 'logistic_reg', input_label_cols = ['stars'], auto_class_weights = TRUE, class_weights = [('0', 1.0)]) AS SELECT price, stars FROM shop.sales;
-- error: exclude
