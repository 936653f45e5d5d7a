-- Of two labels the greater one is the positive class and comes first; labels keep their type.
-- source: BigQuery bigqueryml-syntax-predict.md; the order by googleapis/python-bigquery-dataframes tests/system/small/ml/test_core.py (live service)
-- covers: ML.PREDICT on logistic_reg; resolution probs_order, probs_element_type, predicted_label_type
SELECT * FROM ML.PREDICT(MODEL bqml.adelie, (SELECT 18.8 AS culmen_depth_mm, 186.0 AS flipper_length_mm, 'MALE' AS sex), STRUCT(0.9 AS threshold));
-- columns: predicted_is_adelie BOOL, predicted_is_adelie_probs ARRAY<STRUCT<label BOOL, prob FLOAT64>>,
-- culmen_depth_mm FLOAT64, flipper_length_mm FLOAT64, sex STRING
