-- Forecasts without a model.
-- source: timesfm-time-series-forecasting-tutorial.md
-- covers: AI.FORECAST; tutorial 21
-- differs: ARIMA_PLUS answers in the place of TimesFM, which is not there; whoever names it is told
-- notice: TimesFM 2.0 is not part of Penstock
SELECT * FROM AI.FORECAST(TABLE bqml.trips, data_col => 'num_trips', timestamp_col => 'start_date',
  model => 'TimesFM 2.0', id_cols => ['station'], horizon => 10, confidence_level => 0.95);
-- columns: station STRING, forecast_timestamp TIMESTAMP, forecast_value FLOAT64, confidence_level FLOAT64,
--   prediction_interval_lower_bound FLOAT64, prediction_interval_upper_bound FLOAT64, ai_forecast_status STRING
-- rows: 20
