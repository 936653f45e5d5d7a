-- With an L1 penalty the training goes in rounds, of which there are max_iterations at most.
-- source: BigQuery bigqueryml-syntax-create-glm.md (OPTIMIZE_STRATEGY, MAX_ITERATIONS, EARLY_STOP)
-- covers: option l1_reg, max_iterations, early_stop of linear_reg
CREATE OR REPLACE MODEL o.linear_reg_rounds OPTIONS (model_type = 'linear_reg', input_label_cols = ['amount'], l1_reg = 0.01, max_iterations = 3, early_stop = FALSE) AS SELECT a, b, word, amount FROM o.rows;
SELECT training_run, iteration FROM ML.TRAINING_INFO(MODEL o.linear_reg_rounds) ORDER BY iteration;
-- columns: training_run INT64, iteration INT64
-- rows:
-- [0, 0]
-- [0, 1]
-- [0, 2]
