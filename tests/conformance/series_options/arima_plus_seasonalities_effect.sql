-- Only the seasons that are named.
-- source: BigQuery's page of the model type, section 2 of the reference
-- covers: option seasonalities of arima_plus
CREATE OR REPLACE MODEL d.arima_plus_no_season OPTIONS (model_type = 'arima_plus', time_series_timestamp_col = 'day', time_series_data_col = 'sold', auto_arima = FALSE, non_seasonal_order = (1, 1, 1), seasonalities = ['NO_SEASONALITY']) AS SELECT day, sold FROM d.daily WHERE shop = 'a';
CREATE OR REPLACE MODEL d.arima_plus_weeks OPTIONS (model_type = 'arima_plus', time_series_timestamp_col = 'day', time_series_data_col = 'sold', auto_arima = FALSE, non_seasonal_order = (1, 1, 1), seasonalities = ['WEEKLY']) AS SELECT day, sold FROM d.daily WHERE shop = 'a';
SELECT (SELECT ARRAY_TO_STRING(seasonal_periods, ' ') FROM ML.ARIMA_EVALUATE(MODEL d.arima_plus_no_season)) AS no_season, (SELECT ARRAY_TO_STRING(seasonal_periods, ' ') FROM ML.ARIMA_EVALUATE(MODEL d.arima_plus_weeks)) AS weeks;
-- columns: no_season STRING, weeks STRING
-- rows:
-- ["NO_SEASONALITY", "WEEKLY"]
