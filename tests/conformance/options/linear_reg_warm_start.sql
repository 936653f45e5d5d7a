-- A warm start goes on in rounds from the weights of the model of the same name, and its rounds are the next training run.
-- source: BigQuery bigqueryml-syntax-create-glm.md (WARM_START), bigqueryml-syntax-train.md
-- covers: option warm_start of linear_reg
CREATE OR REPLACE MODEL o.linear_reg_warm OPTIONS (model_type = 'linear_reg', input_label_cols = ['amount'], l2_reg = 1) AS SELECT a, b, word, amount FROM o.rows;
CREATE OR REPLACE MODEL o.linear_reg_warm OPTIONS (model_type = 'linear_reg', input_label_cols = ['amount'], warm_start = TRUE, max_iterations = 1) AS SELECT a, b, word, amount FROM o.rows;
SELECT training_run, iteration FROM ML.TRAINING_INFO(MODEL o.linear_reg_warm) ORDER BY training_run, iteration;
-- columns: training_run INT64, iteration INT64
-- rows:
-- [0, 0]
-- [1, 0]
