-- Every candidate of a single series.
-- source: BigQuery bigqueryml-syntax-arima-evaluate.md
-- covers: ML.ARIMA_EVALUATE on arima_plus; syntax BIGFRAMES_NAMES
SELECT COUNT(*) > 1 AS several FROM ML.ARIMA_EVALUATE(MODEL `p`.`bqml`.`visits_forecast`, STRUCT(True AS show_all_candidate_models));
-- columns: several BOOL
-- rows: 
-- [true]
