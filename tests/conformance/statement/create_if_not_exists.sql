-- A model that exists stays as it is.
-- source: BigQuery bigqueryml-syntax-create.md S2
-- covers: statement S2
CREATE MODEL IF NOT EXISTS shop.plain OPTIONS (model_type = 'kmeans') AS SELECT price FROM shop.sales;
SELECT COUNT(*) AS n FROM ML.PREDICT(MODEL shop.plain, TABLE shop.sales);
-- columns: n INT64
-- rows: 
-- [200]
