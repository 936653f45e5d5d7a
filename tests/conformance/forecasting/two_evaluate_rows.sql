-- Each moment with its forecast and its error.
-- source: BigQuery bigqueryml-syntax-evaluate.md
-- covers: ML.EVALUATE on arima_plus
SELECT * FROM ML.EVALUATE(MODEL d.two, TABLE d.next_days, STRUCT(FALSE AS perform_aggregation, 5 AS horizon)) ORDER BY shop, day;
-- columns: shop STRING, day TIMESTAMP, sold FLOAT64, forecasted_sold FLOAT64, lower_bound FLOAT64,
-- upper_bound FLOAT64, absolute_error FLOAT64, absolute_percentage_error FLOAT64
-- rows: 10
