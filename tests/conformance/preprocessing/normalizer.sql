-- An array over its length, by the 2-norm and by others.
-- source: BigQuery bigqueryml-syntax-normalizer.md; by arithmetic
-- covers: ML.NORMALIZER; syntax STRUCT_CONSTANTS
SELECT ML.NORMALIZER([4.0, 1.0, 2.0, 2.0, 0.0]) AS two, ML.NORMALIZER([3.0, 1.0], 1) AS one, ML.NORMALIZER([4.0, 2.0], CAST('+INF' AS FLOAT64)) AS most;
-- columns: two ARRAY<FLOAT64>, one ARRAY<FLOAT64>, most ARRAY<FLOAT64>
-- rows: 
-- [[0.8, 0.2, 0.4, 0.4, 0.0], [0.75, 0.25], [1.0, 0.5]]
