-- The rounds of what was kept.
-- source: BigQuery bigqueryml-syntax-train.md
-- covers: ML.TRAINING_INFO on automl_regressor
SELECT * FROM ML.TRAINING_INFO(MODEL o.automl_regressor) LIMIT 1;
-- columns: training_run INT64, iteration INT64, loss FLOAT64, eval_loss FLOAT64, learning_rate FLOAT64,
-- duration_ms INT64
-- rows: 1
