-- No further ahead than the horizon that the model was made for.
-- source: BigQuery's page of the model type, section 2 of the reference
-- covers: option horizon of arima_plus
CREATE OR REPLACE MODEL d.arima_plus_near OPTIONS (model_type = 'arima_plus', time_series_timestamp_col = 'day', time_series_data_col = 'sold', horizon = 4) AS SELECT day, sold FROM d.daily WHERE shop = 'a';
SELECT COUNT(*) AS n FROM ML.FORECAST(MODEL d.arima_plus_near, STRUCT(10 AS horizon));
-- error: ML.FORECAST is asked for 10 steps; model d.arima_plus_near was made for 4.
