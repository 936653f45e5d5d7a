-- The columns before the TRANSFORM.
-- source: BigQuery bigqueryml-syntax-feature.md; the values by arithmetic of the table
-- covers: ML.FEATURE_INFO on transform_only
CREATE OR REPLACE MODEL shop.prepared_again
TRANSFORM (ML.MIN_MAX_SCALER(price) OVER () AS scaled, kind)
OPTIONS (model_type = 'TRANSFORM_ONLY')
AS SELECT price, kind FROM shop.sales;
SELECT * FROM ML.FEATURE_INFO(MODEL shop.prepared_again) ORDER BY input;
-- columns: input STRING, min FLOAT64, max FLOAT64, mean FLOAT64, median FLOAT64, stddev FLOAT64,
-- category_count INT64, null_count INT64, dimension INT64
-- rows:
-- ["kind", null, null, null, null, null, 2, 0, null]
-- ["price", 0.0, 6.0, 2.99, 3.0, 1.992423, null, 0, null]
