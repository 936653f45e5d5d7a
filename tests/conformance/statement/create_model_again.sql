-- A model that exists is not made over.
-- source: BigQuery bigqueryml-syntax-create.md S1
-- covers: statement S1; input existing_model
CREATE MODEL shop.plain OPTIONS (model_type = 'linear_reg', input_label_cols = ['amount']) AS SELECT price, amount FROM shop.sales;
-- error: exists
