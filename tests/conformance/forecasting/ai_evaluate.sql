-- The errors of such a forecast.
-- source: BigQuery bigqueryml-syntax-ai-evaluate.md
-- covers: AI.EVALUATE
SELECT * FROM AI.EVALUATE(TABLE d.daily, TABLE d.next_days, data_col => 'sold', timestamp_col => 'day', id_cols => ['shop']) ORDER BY shop;
-- columns: shop STRING, mean_absolute_error FLOAT64, mean_squared_error FLOAT64, root_mean_squared_error FLOAT64,
-- mean_absolute_percentage_error FLOAT64, symmetric_mean_absolute_percentage_error FLOAT64,
-- mean_absolute_scaled_error FLOAT64, ai_evaluate_status STRING
-- rows: 2
