-- Series that stand in for the tutorials' tables: visits of a website (those of the published numbers), bicycle trips, air, sales.
-- table: bqml.visits_of_two = ../../data/bigquery-ml/time_series.jsonl
CREATE TABLE bqml.visits AS
SELECT TIMESTAMP(REPLACE(CAST(parsed_date AS STRING), ' UTC', '')) AS parsed_date, CAST(total_visits AS INT64) AS total_visits
FROM bqml.visits_of_two WHERE CAST(id AS STRING) = '1';

CREATE TABLE bqml.new_visits AS
SELECT * FROM UNNEST([
  STRUCT(TIMESTAMP '2017-08-02 00:00:00' AS parsed_date, 2500 AS total_visits),
  STRUCT(TIMESTAMP '2017-08-03 00:00:00', 2500),
  STRUCT(TIMESTAMP '2017-08-04 00:00:00', 2500)]);

CREATE TABLE bqml.trips AS
SELECT DATE_ADD(DATE '2014-01-01', INTERVAL n DAY) AS start_date, station,
  100 + 20 * MOD(n, 7) + MOD(n * 7919, 13) + 0.2 * n + IF(station = 'Central Park', 40, 0) AS num_trips
FROM UNNEST(GENERATE_ARRAY(0, 139)) AS n, UNNEST(['Broadway', 'Central Park']) AS station;

CREATE TABLE bqml.trips_later AS
SELECT DATE_ADD(DATE '2014-01-01', INTERVAL n DAY) AS start_date, station,
  100 + 20 * MOD(n, 7) + MOD(n * 7919, 13) + 0.2 * n + IF(station = 'Central Park', 40, 0) AS num_trips
FROM UNNEST(GENERATE_ARRAY(140, 144)) AS n, UNNEST(['Broadway', 'Central Park']) AS station;

CREATE TABLE bqml.air AS
SELECT DATE_ADD(DATE '2009-01-01', INTERVAL n DAY) AS date, county, 1.0 * MOD(n * 31, 11) AS wind_speed,
  10 + 1.0 * MOD(n * 17, 23) AS temperature,
  30 - 1.5 * MOD(n * 31, 11) + 0.5 * MOD(n * 17, 23) + MOD(n, 7) + 0.1 * MOD(n * 7919, 13) + IF(county = 'King', 5, 0) AS pm25
FROM UNNEST(GENERATE_ARRAY(0, 139)) AS n, UNNEST(['King', 'Pierce']) AS county;

CREATE TABLE bqml.future_air AS
SELECT DATE_ADD(date, INTERVAL 140 DAY) AS date, county, wind_speed, temperature, pm25 FROM bqml.air WHERE date < '2009-01-11';

CREATE OR REPLACE MODEL `bqml.visits_forecast`
OPTIONS (
    model_type='ARIMA_PLUS',
    time_series_timestamp_col='parsed_date',
    time_series_data_col='total_visits',
    horizon=1000
) AS SELECT
    parsed_date,
    total_visits
FROM `bqml.visits`;

CREATE OR REPLACE MODEL `bqml.trips_by_station`
OPTIONS (
  MODEL_TYPE = 'ARIMA_PLUS',
  TIME_SERIES_TIMESTAMP_COL = 'start_date',
  TIME_SERIES_DATA_COL = 'num_trips',
  TIME_SERIES_ID_COL = 'station',
  HORIZON = 10,
  HOLIDAY_REGION = 'US'
) AS SELECT station, start_date, num_trips FROM bqml.trips;

CREATE OR REPLACE MODEL `bqml.air_quality`
OPTIONS (
  MODEL_TYPE = 'ARIMA_PLUS_XREG',
  TIME_SERIES_TIMESTAMP_COL = 'date',
  TIME_SERIES_DATA_COL = 'pm25',
  HORIZON = 10
) AS SELECT date, pm25, temperature, wind_speed FROM bqml.air WHERE county = 'King';

CREATE OR REPLACE MODEL `bqml.air_by_county`
OPTIONS (
  MODEL_TYPE = 'ARIMA_PLUS_XREG',
  TIME_SERIES_TIMESTAMP_COL = 'date',
  TIME_SERIES_DATA_COL = 'pm25',
  TIME_SERIES_ID_COL = ['county'],
  HORIZON = 10
) AS SELECT * FROM bqml.air;
