-- A query without the label.
-- source: BigQuery bigqueryml-syntax-create.md
-- covers: input missing_label
CREATE MODEL shop.x OPTIONS (model_type = 'linear_reg') AS SELECT price, amount FROM shop.sales;
-- error: label
