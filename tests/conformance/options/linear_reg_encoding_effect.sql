-- Of dummies one category weighs nothing; without an intercept there is none.
-- source: BigQuery's page of the model type, section 2 of the reference
-- covers: option category_encoding_method, fit_intercept of linear_reg
CREATE OR REPLACE MODEL o.linear_reg_dummies OPTIONS (model_type = 'linear_reg', input_label_cols = ['amount'], data_split_method = 'NO_SPLIT', category_encoding_method = 'DUMMY_ENCODING') AS SELECT a, b, word, amount FROM o.rows;
CREATE OR REPLACE MODEL o.linear_reg_each OPTIONS (model_type = 'linear_reg', input_label_cols = ['amount'], data_split_method = 'NO_SPLIT') AS SELECT a, b, word, amount FROM o.rows;
CREATE OR REPLACE MODEL o.linear_reg_through_zero OPTIONS (model_type = 'linear_reg', input_label_cols = ['amount'], data_split_method = 'NO_SPLIT', fit_intercept = FALSE) AS SELECT a, b, word, amount FROM o.rows;
SELECT (SELECT COUNTIF(w.weight <> 0) FROM ML.WEIGHTS(MODEL o.linear_reg_each), UNNEST(category_weights) AS w WHERE processed_input = 'word') AS each, (SELECT COUNTIF(w.weight <> 0) FROM ML.WEIGHTS(MODEL o.linear_reg_dummies), UNNEST(category_weights) AS w WHERE processed_input = 'word') AS dummies, (SELECT IFNULL(SUM(ABS(weight)), 0) = 0 FROM ML.WEIGHTS(MODEL o.linear_reg_through_zero) WHERE processed_input = '__INTERCEPT__') AS through_zero, (SELECT IFNULL(SUM(ABS(weight)), 0) = 0 FROM ML.WEIGHTS(MODEL o.linear_reg_each) WHERE processed_input = '__INTERCEPT__') AS each_too;
-- columns: each INT64, dummies INT64, through_zero BOOL, each_too BOOL
-- rows:
-- [5, 4, true, false]
