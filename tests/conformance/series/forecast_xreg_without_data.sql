-- A model with regressors says which columns of the future it needs.
-- source: bigqueryml-syntax-forecast.md
-- covers: ML.FORECAST on arima_plus_xreg
SELECT * FROM ML.FORECAST(MODEL bqml.air_by_county);
-- error: the model reads the columns county, date, wind_speed, temperature
