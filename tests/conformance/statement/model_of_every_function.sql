-- MODEL and TABLE as arguments, the options before or after the data, double-quoted words.
-- source: googleapis/python-bigquery-dataframes tests/unit/ml/test_golden_sql.py
-- covers: syntax MODEL_FUNCTIONS, TABLE_ARGUMENTS, BIGFRAMES_STRUCTS
CREATE OR REPLACE MODEL shop.grouped OPTIONS (MODEL_TYPE = "KMEANS", NUM_CLUSTERS = 2) AS SELECT price, kind FROM shop.sales;
SELECT COUNT(*) AS n FROM ML.DETECT_ANOMALIES(MODEL `p`.`shop`.`grouped`,
  STRUCT(0.1 AS `contamination`), ((SELECT * FROM shop.sales)));
-- columns: n INT64
-- rows: 
-- [200]
