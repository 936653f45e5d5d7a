-- Serving data against the statistics that the model keeps of its training.
-- source: BigQuery bigqueryml-syntax-validate-data-skew.md; the words by arithmetic
-- covers: ML.VALIDATE_DATA_SKEW on random_forest_regressor
SELECT * FROM ML.VALIDATE_DATA_SKEW(MODEL d.random_forest_regressor, TABLE d.study) ORDER BY input;
-- columns: input STRING, metric STRING, threshold FLOAT64, value FLOAT64, is_anomaly BOOL
-- rows:
-- ["third", "JENSEN_SHANNON_DIVERGENCE", 0.3, 0.0, false]
-- ["word", "L_INFTY", 0.3, 0.5, true]
