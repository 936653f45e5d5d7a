-- A model is gone; IF EXISTS lets a missing one be.
-- source: BigQuery bigqueryml-syntax-drop-model.md
-- covers: statement S12
CREATE OR REPLACE MODEL shop.passing OPTIONS (model_type = 'linear_reg', input_label_cols = ['amount']) AS SELECT price, amount FROM shop.sales;
DROP MODEL shop.passing;
DROP MODEL IF EXISTS shop.passing;
SELECT 1 AS done;
-- columns: done INT64
-- rows: 
-- [1]
