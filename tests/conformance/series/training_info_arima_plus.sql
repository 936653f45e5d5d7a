-- Time series have no loss.
-- source: bigqueryml-syntax-train.md
-- covers: ML.TRAINING_INFO on arima_plus
SELECT * FROM ML.TRAINING_INFO(MODEL bqml.trips_by_station);
-- columns: training_run INT64, iteration INT64, duration_ms INT64
-- rows: 1
