-- Hours arrive as files, one a week; a file that comes again replaces its hours.
CREATE TABLE hours
OPTIONS (unique_key = ['hour'], time_column = 'hour') AS
SELECT dteday::TIMESTAMP + to_hours(hr) AS hour, * EXCLUDE (instant) FROM 'data/hours/*.csv';

CREATE ASSERTION rentals_add_up ON hours CHECK (casual + registered = cnt);

-- Demand from the calendar and the weather. Casual and registered rentals are known only with the total: they would leak.
CREATE MODEL demand
OPTIONS (model_type = 'boosted_tree_regressor', input_label_cols = ['cnt'],
         max_iterations = 200, learn_rate = 0.1, early_stop = FALSE, data_split_method = 'NO_SPLIT') AS
SELECT hour, hr, weekday, workingday, holiday, season, weathersit, temp, atemp, hum, windspeed, cnt
FROM hours;

-- A version serves when it is not worse than the champion on the newest two weeks, which neither was trained on.
CREATE GOAL keeps_up ON MODEL demand
OPTIONS (time_column = 'hour', window = '14 days')
ACCEPT WHEN mean_absolute_error <= champion.mean_absolute_error;

CREATE ENDPOINT rentals ON MODEL demand;

CREATE MONITOR rentals_watch ON ENDPOINT rentals
OPTIONS (window = '14 days')
BREACH WHEN mean_absolute_error > 1.3 * baseline_mean_absolute_error;

CREATE TRIGGER keep_up ON BREACH OF rentals_watch
DO REFRESH TABLE hours, RETRAIN MODEL demand
OPTIONS (cool_down = '7 days', min_rows = 100);
