-- Jensen-Shannon for numbers, L-infinity for words, each against its threshold.
-- source: BigQuery bigqueryml-syntax-validate-data-drift.md; the divergence by NumPy, in bits, over the bounds of ten bins of either table: 0.7518797; the words by arithmetic
-- covers: ML.VALIDATE_DATA_DRIFT
SELECT * FROM ML.VALIDATE_DATA_DRIFT(TABLE d.base, TABLE d.study, STRUCT(0.2 AS categorical_default_threshold)) ORDER BY input;
-- columns: input STRING, metric STRING, threshold FLOAT64, value FLOAT64, is_anomaly BOOL
-- rows:
-- ["n", "JENSEN_SHANNON_DIVERGENCE", 0.3, 0.75188, true]
-- ["third", "JENSEN_SHANNON_DIVERGENCE", 0.3, 0.0, false]
-- ["word", "L_INFTY", 0.2, 0.5, true]
