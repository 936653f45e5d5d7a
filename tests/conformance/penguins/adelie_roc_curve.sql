-- The thresholds that are asked for, with false_positive_rate.
-- source: BigQuery bigqueryml-syntax-roc.md; false_positive_rate by its overview
-- covers: ML.ROC_CURVE on logistic_reg; resolution roc_curve_columns
SELECT * FROM ML.ROC_CURVE(MODEL bqml.adelie, (SELECT *, STARTS_WITH(species, 'Adelie') AS is_adelie FROM bqml.penguins WHERE flipper_length_mm IS NOT NULL), GENERATE_ARRAY(0.4, 0.6, 0.1)) ORDER BY threshold;
-- columns: threshold FLOAT64, recall FLOAT64, false_positive_rate FLOAT64, true_positives INT64,
-- false_positives INT64, true_negatives INT64, false_negatives INT64
