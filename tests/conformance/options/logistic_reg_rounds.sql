-- The training goes in rounds, of which there are max_iterations at most.
-- source: BigQuery bigqueryml-syntax-create-glm.md (OPTIMIZE_STRATEGY, MAX_ITERATIONS, EARLY_STOP)
-- covers: option optimize_strategy of logistic_reg
-- differs: AUTO_STRATEGY's rounds are of L-BFGS, which comes further in as many than gradient descent does: on the penguins to the accuracy, precision and recall that BigQuery ML published.
CREATE OR REPLACE MODEL o.logistic_reg_rounds OPTIONS (model_type = 'logistic_reg', input_label_cols = ['bought'], max_iterations = 3, early_stop = FALSE) AS SELECT a, b, word, bought FROM o.rows;
SELECT training_run, iteration, learning_rate FROM ML.TRAINING_INFO(MODEL o.logistic_reg_rounds) ORDER BY iteration;
-- columns: training_run INT64, iteration INT64, learning_rate FLOAT64
-- rows:
-- [0, 0, null]
-- [0, 1, null]
-- [0, 2, null]
