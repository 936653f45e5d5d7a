-- The forecasts of the parts add up to those of the whole; a rolled-up id is NULL.
-- source: BigQuery arima-time-series-forecasting-with-hierarchical-time-series.md
-- covers: tutorial 17; option hierarchical_time_series_cols of arima_plus
CREATE OR REPLACE MODEL d.rolled OPTIONS (model_type = 'ARIMA_PLUS', time_series_timestamp_col = 'day', time_series_data_col = 'sold', time_series_id_col = ['region', 'shop'], hierarchical_time_series_cols = ['region', 'shop'], horizon = 5) AS SELECT day, sold, region, shop FROM d.daily;
SELECT COUNT(DISTINCT IFNULL(region, 'all')) AS regions, ABS(SUM(IF(region IS NULL, forecast_value, 0)) - SUM(IF(shop IS NOT NULL, forecast_value, 0))) < 0.001 AS same FROM ML.FORECAST(MODEL d.rolled, STRUCT(5 AS horizon, 0.8 AS confidence_level));
-- columns: regions INT64, same BOOL
-- rows: 
-- [3, true]
