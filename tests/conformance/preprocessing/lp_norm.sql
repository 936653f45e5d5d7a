-- Norms of a vector.
-- source: BigQuery bigqueryml-syntax-lp-norm.md; by arithmetic
-- covers: ML.LP_NORM; syntax STRUCT_CONSTANTS
SELECT ML.LP_NORM([4.1, 0.5, 1.0], 0) AS zero, ML.LP_NORM([3.0, 4.0], 2) AS two, ML.LP_NORM([3.0, -4.0], CAST('+INF' AS FLOAT64)) AS most;
-- columns: zero FLOAT64, two FLOAT64, most FLOAT64
-- rows: 
-- [3.0, 5.0, 4.0]
