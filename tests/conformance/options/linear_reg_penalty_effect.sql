-- l2_reg draws the weights to 0; a large l1_reg makes them 0.
-- source: BigQuery's page of the model type, section 2 of the reference
-- covers: option l1_reg, l2_reg of linear_reg
CREATE OR REPLACE MODEL o.linear_reg_free OPTIONS (model_type = 'linear_reg', input_label_cols = ['amount'], data_split_method = 'NO_SPLIT') AS SELECT a, b, word, amount FROM o.rows;
CREATE OR REPLACE MODEL o.linear_reg_drawn OPTIONS (model_type = 'linear_reg', input_label_cols = ['amount'], data_split_method = 'NO_SPLIT', l2_reg = 1000) AS SELECT a, b, word, amount FROM o.rows;
CREATE OR REPLACE MODEL o.linear_reg_cut OPTIONS (model_type = 'linear_reg', input_label_cols = ['amount'], data_split_method = 'NO_SPLIT', l1_reg = 100000) AS SELECT a, b, word, amount FROM o.rows;
SELECT (SELECT SUM(ABS(weight)) FROM ML.WEIGHTS(MODEL o.linear_reg_drawn) WHERE processed_input IN ('a', 'b')) < 0.9 * (SELECT SUM(ABS(weight)) FROM ML.WEIGHTS(MODEL o.linear_reg_free) WHERE processed_input IN ('a', 'b')) AS drawn, (SELECT LOGICAL_AND(ABS(weight) < 1e-9) FROM ML.WEIGHTS(MODEL o.linear_reg_cut) WHERE processed_input IN ('a', 'b')) AS cut, (SELECT LOGICAL_AND(ABS(weight) < 1e-9) FROM ML.WEIGHTS(MODEL o.linear_reg_free) WHERE processed_input IN ('a', 'b')) AS free;
-- columns: drawn BOOL, cut BOOL, free BOOL
-- rows:
-- [true, true, false]
