-- Weights, standard errors and p-values of a model of two numbers.
-- source: Newton's method with NumPy; the errors from the inverse of the information matrix, p by scipy.stats.norm
-- covers: ML.ADVANCED_WEIGHTS on logistic_reg; option calculate_p_values of logistic_reg
-- tolerance: 1e-3, for L-BFGS stops near the optimum
CREATE OR REPLACE MODEL bqml.adelie_by_numbers OPTIONS (model_type = 'LOGISTIC_REG', input_label_cols = ['is_adelie'], data_split_method = 'NO_SPLIT', calculate_p_values = TRUE, category_encoding_method = 'DUMMY_ENCODING', max_iterations = 100, min_rel_progress = 1e-9)
AS SELECT culmen_depth_mm, flipper_length_mm, STARTS_WITH(species, 'Adelie') AS is_adelie FROM bqml.penguins WHERE flipper_length_mm IS NOT NULL;
SELECT processed_input, weight, standard_error, p_value FROM ML.ADVANCED_WEIGHTS(MODEL bqml.adelie_by_numbers);
-- columns: processed_input STRING, weight FLOAT64, standard_error FLOAT64, p_value FLOAT64
-- rows:
-- ["culmen_depth_mm", 0.43319028, 0.12308959, 0.000432672815]
-- ["flipper_length_mm", -0.17886238, 0.02390046, 7.22937171e-14]
-- ["__INTERCEPT__", 27.32519692, null, null]
