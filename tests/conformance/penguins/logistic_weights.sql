-- Numbers have a weight, words the weights of their categories, the intercept has a row of its own.
-- source: BigQuery bigqueryml-syntax-weights.md
-- covers: ML.WEIGHTS on logistic_reg
SELECT * FROM ML.WEIGHTS(MODEL bqml.logistic);
-- columns: processed_input STRING, weight FLOAT64, category_weights ARRAY<STRUCT<category STRING, weight FLOAT64>>,
-- class_label STRING
