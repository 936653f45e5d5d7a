-- Several series with regressors.
-- source: BigQuery bigqueryml-syntax-forecast.md; arima-plus-xreg-multiple-time-series-forecasting-tutorial.md
-- covers: ML.FORECAST on arima_plus_xreg; resolution xreg_ids; tutorial 13; option time_series_id_col of arima_plus_xreg
SELECT * FROM ML.FORECAST(MODEL bqml.air_by_county, STRUCT(3 AS horizon, 0.9 AS confidence_level), TABLE bqml.future_air) ORDER BY county, forecast_timestamp;
-- columns: county STRING, forecast_timestamp TIMESTAMP, forecast_value FLOAT64, standard_error FLOAT64,
-- confidence_level FLOAT64, prediction_interval_lower_bound FLOAT64, prediction_interval_upper_bound FLOAT64,
-- confidence_interval_lower_bound FLOAT64, confidence_interval_upper_bound FLOAT64
-- rows: 6
