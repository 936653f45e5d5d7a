-- The weights of a linear regression with their errors and p-values: NaN for the category that is left out, NULL for the
-- intercept without standardize.
-- source: BigQuery bigqueryml-syntax-advanced-weights.md
-- covers: ML.ADVANCED_WEIGHTS on linear_reg; option calculate_p_values of linear_reg
CREATE OR REPLACE MODEL o.tested OPTIONS (model_type = 'linear_reg', input_label_cols = ['amount'], calculate_p_values = TRUE, category_encoding_method = 'DUMMY_ENCODING') AS SELECT b, word, amount FROM o.rows;
SELECT processed_input, category, weight, standard_error, p_value FROM ML.ADVANCED_WEIGHTS(MODEL o.tested)
WHERE processed_input = '__INTERCEPT__' OR IS_NAN(p_value) ORDER BY 1;
-- columns: processed_input STRING, category STRING, weight FLOAT64, standard_error FLOAT64, p_value FLOAT64
-- rows:
-- ["__INTERCEPT__", null, "*", null, null]
-- ["word", "*", 0.0, NaN, NaN]
