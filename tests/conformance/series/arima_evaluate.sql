-- Every model tried of a single series; p + q up to 2 and d = 1 give twelve, six of them with drift. The visits have a week.
-- source: arima-single-time-series-forecasting-tutorial.md; bigframes test_arima_plus_model_summary
-- covers: ML.ARIMA_EVALUATE on arima_plus; tutorial 7; oracle ARIMA_PLUS
SELECT non_seasonal_d, seasonal_periods, COUNT(*) AS n, COUNTIF(has_drift) AS drifting
FROM ML.ARIMA_EVALUATE(MODEL `bqml.visits_forecast`, STRUCT(True AS show_all_candidate_models)) GROUP BY 1, 2;
-- columns: non_seasonal_d INT64, seasonal_periods ARRAY<STRING>, n INT64, drifting INT64
-- rows:
-- [1, ["WEEKLY"], 12, 6]
