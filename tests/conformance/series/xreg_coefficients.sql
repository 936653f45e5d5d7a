-- The weights of the regressors: the data were made with −1.5 and 0.5.
-- source: arima-plus-xreg-single-time-series-forecasting-tutorial.md
-- tolerance: 10 % as the week and some noise stand beside them
-- covers: ML.ARIMA_COEFFICIENTS on arima_plus_xreg; model arima_plus_xreg; tutorial 12
SELECT processed_input, weight, category_weights FROM ML.ARIMA_COEFFICIENTS(MODEL bqml.air_quality) ORDER BY processed_input;
-- columns: processed_input STRING, weight FLOAT64, category_weights ARRAY<STRUCT<category STRING, weight FLOAT64>>
-- rows:
-- ["temperature", 0.5, []]
-- ["wind_speed", -1.5, []]
