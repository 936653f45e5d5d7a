-- No further ahead than the horizon that the model was made for.
-- source: BigQuery's page of the model type, section 2 of the reference
-- covers: option horizon of arima_plus_xreg
CREATE OR REPLACE MODEL d.arima_plus_xreg_near OPTIONS (model_type = 'arima_plus_xreg', time_series_timestamp_col = 'day', time_series_data_col = 'sold', horizon = 4) AS SELECT day, sold, warm FROM d.daily WHERE shop = 'a';
SELECT COUNT(*) AS n FROM ML.FORECAST(MODEL d.arima_plus_xreg_near, STRUCT(10 AS horizon), TABLE d.next_days);
-- error: ML.FORECAST is asked for 10 steps; model d.arima_plus_xreg_near was made for 4.
