-- NULL in the label fails the statement.
-- source: BigQuery bigqueryml-syntax-create.md S6
-- covers: input null_label
CREATE MODEL shop.x OPTIONS (model_type = 'linear_reg', input_label_cols = ['holed']) AS SELECT price, holed FROM shop.sales;
-- error: NULL
