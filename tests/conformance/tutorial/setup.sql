-- Tables that stand in for the public ones of BigQuery's tutorials: their columns, made-up rows.
CREATE TABLE `bigquery-public-data`.ml_datasets.census_adult_income AS
SELECT 17 + MOD(n * 7, 60) AS age, IF(MOD(n, 3) = 0, ' Private', ' State-gov') AS workclass, 10000 + MOD(n * 7919 + DIV(n, 7), 90000) AS functional_weight,
  IF(MOD(n * 5, 7) > 3, ' Bachelors', ' HS-grad') AS education, 5 + MOD(n * 5, 11) AS education_num, IF(MOD(n, 2) = 0, ' Married', ' Never-married') AS marital_status,
  IF(MOD(n, 4) = 0, ' Sales', ' Tech-support') AS occupation, 10 + MOD(n * 13, 60) AS hours_per_week, ' United-States' AS native_country,
  IF(MOD(n * 7, 60) + MOD(n * 5, 11) * 3 + MOD(n, 5) * 4 > 55, ' >50K', ' <=50K') AS income_bracket
FROM UNNEST(GENERATE_ARRAY(1, 1500)) AS n;
CREATE TABLE `bigquery-public-data`.london_bicycles.cycle_stations AS
SELECT n AS id, CONCAT('Station ', CAST(n AS STRING)) AS name, 51.5 + MOD(n * 7, 13) / 100 AS latitude, -0.1 + MOD(n * 5, 17) / 100 AS longitude, 10 + MOD(n, 20) AS bikes_count
FROM UNNEST(GENERATE_ARRAY(1, 40)) AS n;
CREATE TABLE `bigquery-public-data`.london_bicycles.cycle_hire AS
SELECT n AS rental_id, 60 * (5 + MOD(n * 11, 50)) AS duration, TIMESTAMP_ADD(TIMESTAMP '2015-01-01 00:00:00 UTC', INTERVAL n HOUR) AS start_date,
  CONCAT('Station ', CAST(1 + MOD(n * 3, 40) AS STRING)) AS start_station_name
FROM UNNEST(GENERATE_ARRAY(1, 2000)) AS n;
CREATE TABLE `bigquery-public-data`.new_york_taxi_trips.tlc_yellow_trips_2018 AS
SELECT CAST(1 + MOD(n, 4) AS STRING) AS vendor_id, 1 + MOD(n, 5) AS passenger_count, 1 + MOD(n * 17, 90) / 10 AS trip_distance, CAST(1 + MOD(n, 6) AS STRING) AS rate_code,
  CAST(1 + MOD(n, 2) AS STRING) AS payment_type, 2.5 + MOD(n * 17, 90) / 4 AS total_amount, 1 + MOD(n * 17, 90) / 30 AS tip_amount
FROM UNNEST(GENERATE_ARRAY(1, 600)) AS n;
