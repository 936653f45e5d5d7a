-- A forecast without a model.
-- source: BigQuery bigqueryml-syntax-ai-forecast.md; timesfm-time-series-forecasting-tutorial.md
-- covers: AI.FORECAST; tutorial 21
SELECT * FROM AI.FORECAST(TABLE d.daily, data_col => 'sold', timestamp_col => 'day', id_cols => ['shop'], horizon => 4);
-- columns: shop STRING, forecast_timestamp TIMESTAMP, forecast_value FLOAT64, confidence_level FLOAT64,
-- prediction_interval_lower_bound FLOAT64, prediction_interval_upper_bound FLOAT64, ai_forecast_status STRING
-- rows: 8
