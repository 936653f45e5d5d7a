-- Series of known parts: the trend rises by 0.2 a day, and weekdays differ by 20 each, as they were made.
-- source: arithmetic: the table's trips are 100 + 20 · weekday + 0.2 · day and a little more
-- covers: ML.TREND; ML.SEASONALITY
-- tolerance: 5 %, for the little more
WITH trends AS (SELECT station, start_date, trend, DATE_DIFF(DATE(start_date), DATE '2014-01-01', DAY) AS n FROM ML.TREND(TABLE bqml.trips, data_col => 'num_trips', timestamp_col => 'start_date', id_cols => ['station'])),
seasons AS (SELECT station, weekly, MOD(DATE_DIFF(DATE(start_date), DATE '2014-01-01', DAY), 7) AS weekday FROM ML.SEASONALITY(TABLE bqml.trips, data_col => 'num_trips', timestamp_col => 'start_date', id_cols => ['station']))
SELECT station, (SELECT CORR(trend, n) > 0.99 FROM trends AS t WHERE t.station = s.station) AS straight, (SELECT COVAR_POP(trend, n) / VAR_POP(n) FROM trends AS t WHERE t.station = s.station) AS a_day,
  COVAR_POP(weekly, weekday) / VAR_POP(weekday) AS a_weekday, ABS(AVG(weekly)) < 0.5 AS around_nothing
FROM seasons AS s GROUP BY station ORDER BY station;
-- columns: station STRING, straight BOOL, a_day FLOAT64, a_weekday FLOAT64, around_nothing BOOL
-- rows:
-- ["Broadway", true, 0.2, 20, true]
-- ["Central Park", true, 0.2, 20, true]
