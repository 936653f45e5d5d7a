-- ML.CONFUSION_MATRIX has a row for a label that is none of the model's classes, and counts what it was taken for.
-- source: BigQuery bigqueryml-syntax-confusion.md: one row for each expected label of the data, one column for each class
-- covers: input unseen_class
CREATE OR REPLACE MODEL shop.kinds_counted OPTIONS (model_type = 'logistic_reg', input_label_cols = ['kind']) AS SELECT price, IF(price > 3, 'high', 'low') AS kind FROM shop.sales;
SELECT * FROM ML.CONFUSION_MATRIX(MODEL shop.kinds_counted, (SELECT 6 AS price, 'odd' AS kind UNION ALL SELECT 0, 'odd'));
-- columns: expected_label STRING, high INT64, low INT64
-- rows:
-- ["odd", 1, 1]
