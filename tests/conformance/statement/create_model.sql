-- A model is made and answers; the statement itself gives no rows.
-- source: BigQuery bigqueryml-syntax-create.md S1, S6
-- covers: statement S1, S6
CREATE MODEL shop.made OPTIONS (model_type = 'linear_reg', input_label_cols = ['amount']) AS SELECT price, amount FROM shop.sales;
SELECT * FROM ML.PREDICT(MODEL shop.made, (SELECT 2 AS price));
-- columns: predicted_amount FLOAT64, price INT64
-- rows: 1
