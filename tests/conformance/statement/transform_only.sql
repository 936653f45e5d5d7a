-- Only the statistics are learned; ML.TRANSFORM applies them.
-- source: BigQuery bigqueryml-syntax-create-transform.md; 3 is the middle of 0 to 6, and b the second word
-- covers: statement S10; model transform_only; ML.TRANSFORM on transform_only
CREATE OR REPLACE MODEL shop.prepared
TRANSFORM (ML.MIN_MAX_SCALER(price) OVER () AS scaled, ML.ONE_HOT_ENCODER(kind, 'none', 1000000, 0) OVER () AS `onehot_kind`)
OPTIONS (model_type = 'TRANSFORM_ONLY')
AS SELECT price, kind FROM shop.sales;
SELECT * FROM ML.TRANSFORM(MODEL shop.prepared, (SELECT 3 AS price, 'b' AS kind));
-- columns: scaled FLOAT64, onehot_kind ARRAY<STRUCT<index INT64, value FLOAT64>>
-- rows:
-- [0.5, [{"index": 2, "value": 1.0}]]
