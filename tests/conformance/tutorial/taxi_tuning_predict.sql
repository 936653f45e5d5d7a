-- Of a tuned model, trial_id comes first.
-- source: BigQuery hyperparameter-tuning-tutorial.md; its shape
-- covers: tutorial 9
CREATE OR REPLACE MODEL `bqml_tutorial.hp_taxi_again`
OPTIONS (MODEL_TYPE='LINEAR_REG', NUM_TRIALS=2, l1_reg=HPARAM_RANGE(0, 1), input_label_cols=['tip_amount']) AS
SELECT trip_distance, payment_type, tip_amount FROM `bigquery-public-data.new_york_taxi_trips.tlc_yellow_trips_2018`;
SELECT * FROM ML.PREDICT(MODEL `bqml_tutorial.hp_taxi_again`, (SELECT * FROM `bigquery-public-data.new_york_taxi_trips.tlc_yellow_trips_2018` LIMIT 10));
-- columns: trial_id INT64, predicted_tip_amount FLOAT64, vendor_id STRING, passenger_count INT64,
-- trip_distance FLOAT64, rate_code STRING, payment_type STRING, total_amount FLOAT64, tip_amount FLOAT64
-- rows: 10
