-- Every option that is given is taken, and the model answers.
-- source: BigQuery's page of the model type, section 2 of the reference
-- accepts: option optimize_strategy, learn_rate_strategy, ls_init_learn_rate, l1_reg, l2_reg, max_iterations, early_stop, min_rel_progress, fit_intercept, warm_start of linear_reg
CREATE OR REPLACE MODEL o.linear_reg_descent OPTIONS (model_type = 'linear_reg', input_label_cols = ['amount'], optimize_strategy = 'BATCH_GRADIENT_DESCENT', learn_rate_strategy = 'LINE_SEARCH', ls_init_learn_rate = 0.2, l1_reg = 0.01, l2_reg = 0.1, max_iterations = 10, early_stop = TRUE, min_rel_progress = 0.001, fit_intercept = TRUE, warm_start = FALSE) AS SELECT a, b, word, amount FROM o.rows;
SELECT COUNT(*) AS n FROM ML.PREDICT(MODEL o.linear_reg_descent, TABLE o.rows);
-- columns: n INT64
-- rows: 
-- [600]
