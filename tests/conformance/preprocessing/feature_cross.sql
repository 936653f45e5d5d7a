-- Pairs of three features, in their order.
-- source: BigQuery bigqueryml-syntax-feature-cross.md
-- covers: ML.FEATURE_CROSS
SELECT ML.FEATURE_CROSS(STRUCT('a' AS f1, 'b' AS f2, 'c' AS f3)) AS pairs, ML.FEATURE_CROSS(STRUCT('a' AS f1, 'b' AS f2, 'c' AS f3), 3) AS threes;
-- columns: pairs STRUCT<f1_f2 STRING, f1_f3 STRING, f2_f3 STRING>,
-- threes STRUCT<f1_f2 STRING, f1_f2_f3 STRING, f1_f3 STRING, f2_f3 STRING>
-- rows:
-- [{"f1_f2": "a_b", "f1_f3": "a_c", "f2_f3": "b_c"}, {"f1_f2": "a_b", "f1_f2_f3": "a_b_c", "f1_f3": "a_c", "f2_f3": "b_c"}]
