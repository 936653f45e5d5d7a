-- Time series have no loss.
-- source: bigqueryml-syntax-train.md
-- covers: ML.TRAINING_INFO on arima_plus_xreg
SELECT * FROM ML.TRAINING_INFO(MODEL bqml.air_quality);
-- columns: training_run INT64, iteration INT64, duration_ms INT64
-- rows: 1
