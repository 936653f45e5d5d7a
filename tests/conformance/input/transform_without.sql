-- ML.TRANSFORM needs a model with TRANSFORM.
-- source: BigQuery bigqueryml-syntax-transform.md
-- covers: input transform_without
SELECT * FROM ML.TRANSFORM(MODEL shop.plain, TABLE shop.sales);
-- error: TRANSFORM
