-- A row a round.
-- source: BigQuery bigqueryml-syntax-train.md
-- covers: ML.TRAINING_INFO on matrix_factorization
SELECT * FROM ML.TRAINING_INFO(MODEL bqml.taste);
-- columns: training_run INT64, iteration INT64, loss FLOAT64, eval_loss FLOAT64, learning_rate FLOAT64,
-- duration_ms INT64
