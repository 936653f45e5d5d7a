-- Regressors of the future after the STRUCT.
-- source: arima-plus-xreg-single-time-series-forecasting-tutorial.md
-- covers: ML.FORECAST on arima_plus_xreg; resolution forecast_order; syntax FORECAST_THREE_ARGUMENTS; tutorial 12
SELECT * FROM ML.FORECAST(MODEL `bqml.air_quality`, STRUCT(4 AS horizon, 0.8 AS confidence_level),
  (SELECT date, temperature, wind_speed FROM bqml.future_air WHERE county = 'King'));
-- columns: forecast_timestamp TIMESTAMP, forecast_value FLOAT64, standard_error FLOAT64, confidence_level FLOAT64,
--   prediction_interval_lower_bound FLOAT64, prediction_interval_upper_bound FLOAT64,
--   confidence_interval_lower_bound FLOAT64, confidence_interval_upper_bound FLOAT64
-- rows: 4
