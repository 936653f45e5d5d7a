-- The data may be a query in brackets.
-- source: googleapis/python-bigquery-dataframes golden SQL
-- covers: AI.FORECAST
SELECT * FROM AI.FORECAST((SELECT start_date, num_trips FROM bqml.trips WHERE station = 'Broadway'), data_col => 'num_trips', timestamp_col => 'start_date');
-- columns: forecast_timestamp TIMESTAMP, forecast_value FLOAT64, confidence_level FLOAT64,
-- prediction_interval_lower_bound FLOAT64, prediction_interval_upper_bound FLOAT64, ai_forecast_status STRING
-- rows: 10
