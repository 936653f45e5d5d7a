-- An aggregate has no place in TRANSFORM.
-- source: BigQuery bigqueryml-syntax-create.md TRANSFORM
-- covers: input aggregate_in_transform
CREATE MODEL shop.x TRANSFORM (SUM(price) AS s, amount) OPTIONS (model_type = 'linear_reg', input_label_cols = ['amount']) AS SELECT price, amount FROM shop.sales;
-- error: TRANSFORM cannot hold an aggregate
