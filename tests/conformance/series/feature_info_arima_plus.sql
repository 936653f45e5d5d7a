-- One row a column of the training query.
-- source: bigqueryml-syntax-feature.md
-- covers: ML.FEATURE_INFO on arima_plus
SELECT * FROM ML.FEATURE_INFO(MODEL bqml.trips_by_station);
-- columns: input STRING, min FLOAT64, max FLOAT64, mean FLOAT64, median FLOAT64, stddev FLOAT64, category_count INT64, null_count INT64, dimension INT64
-- rows: 3
