-- How far data are from what trained the model.
-- source: BigQuery bigqueryml-syntax-validate-data-skew.md; the divergence by NumPy, in bits, over the deciles of the training rows
-- covers: ML.VALIDATE_DATA_SKEW on dnn_classifier
-- needs: torch
SELECT * FROM ML.VALIDATE_DATA_SKEW(MODEL bqml.deep_classifier, TABLE bqml.new_penguins) ORDER BY input LIMIT 1;
-- columns: input STRING, metric STRING, threshold FLOAT64, value FLOAT64, is_anomaly BOOL
-- rows:
-- ["body_mass_g", "JENSEN_SHANNON_DIVERGENCE", 0.3, 0.51337696, true]
