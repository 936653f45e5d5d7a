-- The coefficients of one series.
-- source: arima-single-time-series-forecasting-tutorial.md
-- covers: ML.ARIMA_COEFFICIENTS on arima_plus; tutorial 7
SELECT * FROM ML.ARIMA_COEFFICIENTS(MODEL `bqml.visits_forecast`);
-- columns: ar_coefficients ARRAY<FLOAT64>, ma_coefficients ARRAY<FLOAT64>, intercept_or_drift FLOAT64
-- rows: 1
