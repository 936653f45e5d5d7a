-- Products of two, depth first.
-- source: BigQuery bigqueryml-syntax-polynomial-expand.md
-- covers: ML.POLYNOMIAL_EXPAND
SELECT ML.POLYNOMIAL_EXPAND(STRUCT(2 AS f1, 3 AS f2)) AS two, ML.POLYNOMIAL_EXPAND(STRUCT(2 AS f1, 3 AS f2), 3) AS three;
-- columns: two STRUCT<f1 FLOAT64, f1_f1 FLOAT64, f1_f2 FLOAT64, f2 FLOAT64, f2_f2 FLOAT64>,
-- three STRUCT<f1 FLOAT64, f1_f1 FLOAT64, f1_f1_f1 FLOAT64, f1_f1_f2 FLOAT64, f1_f2 FLOAT64, f1_f2_f2 FLOAT64, f2 FLOAT64, f2_f2 FLOAT64, f2_f2_f2 FLOAT64>
-- rows:
-- [{"f1": 2.0, "f1_f1": 4.0, "f1_f2": 6.0, "f2": 3.0, "f2_f2": 9.0}, {"f1": 2.0, "f1_f1": 4.0, "f1_f1_f1": 8.0, "f1_f1_f2": 12.0, "f1_f2": 6.0, "f1_f2_f2": 18.0, "f2": 3.0, "f2_f2": 9.0, "f2_f2_f2": 27.0}]
