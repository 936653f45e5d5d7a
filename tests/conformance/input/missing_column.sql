-- A column of the model that the data lacks.
-- source: BigQuery bigqueryml-syntax-predict.md
-- covers: input missing_column
SELECT * FROM ML.PREDICT(MODEL shop.plain, (SELECT 1 AS price));
-- error: kind
