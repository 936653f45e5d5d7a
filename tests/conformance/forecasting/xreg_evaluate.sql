-- The errors of a forecast with regressors.
-- source: BigQuery bigqueryml-syntax-evaluate.md
-- covers: ML.EVALUATE on arima_plus_xreg; tutorial 12
SELECT * FROM ML.EVALUATE(MODEL d.xreg, (SELECT day, sold, warm FROM d.next_days WHERE shop = 'a'), STRUCT(TRUE AS perform_aggregation, 5 AS horizon));
-- columns: mean_absolute_error FLOAT64, mean_squared_error FLOAT64, root_mean_squared_error FLOAT64,
-- mean_absolute_percentage_error FLOAT64, symmetric_mean_absolute_percentage_error FLOAT64,
-- mean_absolute_scaled_error FLOAT64
-- rows: 1
