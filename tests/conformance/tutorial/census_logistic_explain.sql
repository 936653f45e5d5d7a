-- The census: the predictions of one part, explained.
-- source: BigQuery logistic-regression-prediction.md; its shape
-- covers: tutorial 3
CREATE OR REPLACE MODEL `census.census_again`
OPTIONS (model_type='LOGISTIC_REG', auto_class_weights=TRUE, enable_global_explain=TRUE, input_label_cols=['income_bracket']) AS
SELECT age, workclass, education_num, hours_per_week, income_bracket FROM `bigquery-public-data.ml_datasets.census_adult_income`;
SELECT * FROM ML.EXPLAIN_PREDICT(MODEL `census.census_again`, (SELECT age, workclass, education_num, hours_per_week FROM `bigquery-public-data.ml_datasets.census_adult_income` LIMIT 10), STRUCT(3 AS top_k_features));
-- columns: predicted_income_bracket STRING, probability FLOAT64,
-- top_feature_attributions ARRAY<STRUCT<feature STRING, attribution FLOAT64>>, baseline_prediction_value FLOAT64,
-- prediction_value FLOAT64, approximation_error FLOAT64, age INT64, workclass STRING, education_num INT64,
-- hours_per_week INT64
-- rows: 10
