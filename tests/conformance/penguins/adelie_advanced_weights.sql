-- Weight, standard error and p-value of every processed input.
-- source: BigQuery bigqueryml-syntax-advanced-weights.md
-- covers: ML.ADVANCED_WEIGHTS on logistic_reg; option calculate_p_values, category_encoding_method of logistic_reg
SELECT * FROM ML.ADVANCED_WEIGHTS(MODEL bqml.adelie, STRUCT(TRUE AS standardize));
-- columns: processed_input STRING, category STRING, weight FLOAT64, standard_error FLOAT64, p_value FLOAT64
