-- Every forecast beside what came; NULL inside the training history.
-- source: bigqueryml-syntax-evaluate.md
-- covers: ML.EVALUATE on arima_plus
SELECT * FROM ML.EVALUATE(MODEL `bqml.visits_forecast`,
  (SELECT * FROM bqml.new_visits UNION ALL SELECT TIMESTAMP '2017-01-01 00:00:00', 2500),
  STRUCT(FALSE AS perform_aggregation, 0.9 AS confidence_level)) ORDER BY parsed_date;
-- columns: parsed_date TIMESTAMP, total_visits FLOAT64, forecasted_total_visits FLOAT64, lower_bound FLOAT64,
--   upper_bound FLOAT64, absolute_error FLOAT64, absolute_percentage_error FLOAT64
-- rows:
-- ["2017-01-01T00:00:00+00:00", 2500, null, null, null, null, null]
-- ["2017-08-02T00:00:00+00:00", 2500, "*", "*", "*", "*", "*"]
-- ["2017-08-03T00:00:00+00:00", 2500, "*", "*", "*", "*", "*"]
-- ["2017-08-04T00:00:00+00:00", 2500, "*", "*", "*", "*", "*"]
