-- The coefficients of the trend.
-- source: BigQuery bigqueryml-syntax-arima-coefficients.md
-- covers: ML.ARIMA_COEFFICIENTS on arima_plus
SELECT * FROM ML.ARIMA_COEFFICIENTS(MODEL d.two);
-- columns: shop STRING, ar_coefficients ARRAY<FLOAT64>, ma_coefficients ARRAY<FLOAT64>, intercept_or_drift FLOAT64
