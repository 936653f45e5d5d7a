-- Every option that is given is taken, and the model answers.
-- source: BigQuery's page of the model type, section 2 of the reference
-- accepts: option learn_rate_strategy, learn_rate, category_encoding_method, calculate_p_values, fit_intercept of linear_reg
CREATE OR REPLACE MODEL o.linear_reg_constant OPTIONS (model_type = 'linear_reg', input_label_cols = ['amount'], optimize_strategy = 'BATCH_GRADIENT_DESCENT', learn_rate_strategy = 'CONSTANT', learn_rate = 0.05, category_encoding_method = 'DUMMY_ENCODING', calculate_p_values = FALSE, fit_intercept = FALSE) AS SELECT a, b, word, amount FROM o.rows;
SELECT COUNT(*) AS n FROM ML.PREDICT(MODEL o.linear_reg_constant, TABLE o.rows);
-- columns: n INT64
-- rows: 
-- [600]
