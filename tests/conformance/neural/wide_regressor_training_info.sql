-- The rounds of the training, with their losses.
-- source: BigQuery bigqueryml-syntax-train.md
-- covers: ML.TRAINING_INFO on dnn_linear_combined_regressor
-- needs: torch
SELECT * FROM ML.TRAINING_INFO(MODEL bqml.wide_regressor) ORDER BY iteration LIMIT 1;
-- columns: training_run INT64, iteration INT64, loss FLOAT64, eval_loss FLOAT64, learning_rate FLOAT64,
-- duration_ms INT64
-- rows:
-- [0, 0, "*", null, 0.01, "*"]
