-- The coefficients of the trend.
-- source: BigQuery bigqueryml-syntax-arima-coefficients.md
-- covers: ML.ARIMA_COEFFICIENTS on arima_plus_xreg
SELECT * FROM ML.ARIMA_COEFFICIENTS(MODEL bqml.air_by_county);
-- columns: county STRING, ar_coefficients ARRAY<FLOAT64>, ma_coefficients ARRAY<FLOAT64>, intercept_or_drift FLOAT64,
-- processed_input STRING, weight FLOAT64, category_weights ARRAY<STRUCT<category STRING, weight FLOAT64>>
