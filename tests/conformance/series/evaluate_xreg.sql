-- Metrics of new days of several counties.
-- source: arima-plus-xreg-multiple-time-series-forecasting-tutorial.md
-- covers: ML.EVALUATE on arima_plus_xreg; tutorial 13
SELECT county, mean_absolute_error < 3 AS near FROM ML.EVALUATE(MODEL bqml.air_by_county, TABLE bqml.future_air) ORDER BY county;
-- columns: county STRING, near BOOL
-- rows:
-- ["King", true]
-- ["Pierce", true]
