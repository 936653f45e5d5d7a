-- The rounds of the training, with their losses.
-- source: BigQuery bigqueryml-syntax-train.md
-- covers: ML.TRAINING_INFO on boosted_tree_classifier; syntax MODEL_FUNCTIONS
SELECT * FROM ML.TRAINING_INFO(MODEL bqml.boosted_classifier) ORDER BY iteration LIMIT 1;
-- columns: training_run INT64, iteration INT64, loss FLOAT64, eval_loss FLOAT64, learning_rate FLOAT64,
-- duration_ms INT64
