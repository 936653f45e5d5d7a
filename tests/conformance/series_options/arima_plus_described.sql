-- What a model is filed under is told by INFORMATION_SCHEMA.MODELS.
-- source: BigQuery's page of the model type, section 2 of the reference
-- covers: option description, labels of arima_plus
CREATE OR REPLACE MODEL d.arima_plus_described OPTIONS (model_type = 'arima_plus', time_series_timestamp_col = 'day', time_series_data_col = 'sold', auto_arima = FALSE, non_seasonal_order = (1, 1, 1), description = 'a series', labels = [('team', 'x')]) AS SELECT day, sold FROM d.daily WHERE shop = 'a';
SELECT description, labels FROM INFORMATION_SCHEMA.MODELS WHERE model_name = 'arima_plus_described';
-- columns: description STRING, labels ARRAY<STRUCT<key STRING, value STRING>>
-- rows:
-- ["a series", [{"key": "team", "value": "x"}]]
