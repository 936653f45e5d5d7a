-- The rounds of the training, with their losses.
-- source: BigQuery bigqueryml-syntax-train.md
-- covers: ML.TRAINING_INFO on logistic_reg
-- differs: learning_rate is NULL without optimize_strategy = 'BATCH_GRADIENT_DESCENT', for the rounds are of L-BFGS, which finds its steps itself
SELECT * FROM ML.TRAINING_INFO(MODEL bqml.logistic) ORDER BY iteration LIMIT 1;
-- columns: training_run INT64, iteration INT64, loss FLOAT64, eval_loss FLOAT64, learning_rate FLOAT64,
-- duration_ms INT64
