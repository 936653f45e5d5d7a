-- At prediction the data needs the columns that TRANSFORM reads; what it has beside them passes.
-- source: BigQuery bigqueryml-syntax-predict.md
-- covers: statement S5; ML.PREDICT on linear_reg; resolution unused_columns
CREATE OR REPLACE MODEL shop.scaled
TRANSFORM (ML.STANDARD_SCALER(price) OVER () AS price, amount)
OPTIONS (model_type = 'linear_reg', input_label_cols = ['amount'])
AS SELECT price, amount FROM shop.sales;
SELECT * FROM ML.PREDICT(MODEL shop.scaled, (SELECT 'x' AS ticket, 2 AS price));
-- columns: predicted_amount FLOAT64, ticket STRING, price INT64
-- rows: 1
