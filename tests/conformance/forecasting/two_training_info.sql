-- Of a time series, only how long it took.
-- source: BigQuery bigqueryml-syntax-train.md
-- covers: ML.TRAINING_INFO on arima_plus
SELECT * FROM ML.TRAINING_INFO(MODEL d.two);
-- columns: training_run INT64, iteration INT64, duration_ms INT64
