-- Taxi fares: a table split by a random number, twenty trials in BigQuery's tutorial, three here; the best trial predicts.
-- source: BigQuery hyperparameter-tuning-tutorial.md; its shape
-- covers: tutorial 9
CREATE OR REPLACE TABLE `bqml_tutorial.taxi_tip_input` AS
SELECT * EXCEPT(tip_amount), tip_amount AS label FROM `bigquery-public-data.new_york_taxi_trips.tlc_yellow_trips_2018` WHERE tip_amount IS NOT NULL LIMIT 100000;
CREATE OR REPLACE MODEL `bqml_tutorial.hp_taxi_tip_model`
OPTIONS (MODEL_TYPE='LINEAR_REG', NUM_TRIALS=3, MAX_PARALLEL_TRIALS=2) AS
SELECT * FROM `bqml_tutorial.taxi_tip_input`;
SELECT * FROM ML.EVALUATE(MODEL `bqml_tutorial.hp_taxi_tip_model`) ORDER BY trial_id;
-- columns: trial_id INT64, mean_absolute_error FLOAT64, mean_squared_error FLOAT64, mean_squared_log_error FLOAT64,
-- median_absolute_error FLOAT64, r2_score FLOAT64, explained_variance FLOAT64
-- rows: 3
