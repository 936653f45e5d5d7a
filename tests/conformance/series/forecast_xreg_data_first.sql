-- Regressors of the future before the STRUCT, for several series.
-- source: arima-plus-xreg-multiple-time-series-forecasting-tutorial.md
-- covers: ML.FORECAST on arima_plus_xreg; resolution forecast_order; resolution xreg_ids; option time_series_id_col of arima_plus_xreg; tutorial 13
SELECT county, COUNT(*) AS steps FROM ML.FORECAST(MODEL bqml.air_by_county, TABLE bqml.future_air, STRUCT(10 AS horizon)) GROUP BY county ORDER BY county;
-- columns: county STRING, steps INT64
-- rows:
-- ["King", 10]
-- ["Pierce", 10]
