-- How far forecasts are off what came, without a model.
-- source: bigqueryml-syntax-ai-evaluate.md
-- covers: AI.EVALUATE
-- differs: ARIMA_PLUS answers in the place of TimesFM, which is not there
SELECT * FROM AI.EVALUATE((SELECT * FROM bqml.trips WHERE start_date < '2014-05-01'),
  (SELECT * FROM bqml.trips WHERE start_date >= '2014-05-01'), data_col => 'num_trips', timestamp_col => 'start_date', id_cols => ['station']);
-- columns: station STRING, mean_absolute_error FLOAT64, mean_squared_error FLOAT64, root_mean_squared_error FLOAT64,
--   mean_absolute_percentage_error FLOAT64, symmetric_mean_absolute_percentage_error FLOAT64,
--   mean_absolute_scaled_error FLOAT64, ai_evaluate_status STRING
-- rows: 2
