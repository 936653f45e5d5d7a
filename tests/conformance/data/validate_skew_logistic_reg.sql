-- Serving data against the statistics that the model keeps of its training.
-- source: BigQuery bigqueryml-syntax-validate-data-skew.md; the divergence by NumPy, in bits, over the deciles of 1 to 400
-- covers: ML.VALIDATE_DATA_SKEW on logistic_reg
SELECT * FROM ML.VALIDATE_DATA_SKEW(MODEL d.logistic_reg, TABLE d.study) ORDER BY input;
-- columns: input STRING, metric STRING, threshold FLOAT64, value FLOAT64, is_anomaly BOOL
-- rows:
-- ["n", "JENSEN_SHANNON_DIVERGENCE", 0.3, 0.60053395, true]
-- ["third", "JENSEN_SHANNON_DIVERGENCE", 0.3, 0.0, false]
