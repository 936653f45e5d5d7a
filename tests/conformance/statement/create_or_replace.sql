-- The newer definition takes the older one's place.
-- source: BigQuery bigqueryml-syntax-create.md S3
-- covers: statement S3
CREATE OR REPLACE MODEL shop.replaced OPTIONS (model_type = 'linear_reg', input_label_cols = ['amount']) AS SELECT price, amount FROM shop.sales;
CREATE OR REPLACE MODEL shop.replaced OPTIONS (model_type = 'linear_reg', input_label_cols = ['amount']) AS SELECT weight, amount FROM shop.sales;
SELECT processed_input FROM ML.WEIGHTS(MODEL shop.replaced);
-- columns: processed_input STRING
-- rows: 
-- ["weight"]
-- ["__INTERCEPT__"]
