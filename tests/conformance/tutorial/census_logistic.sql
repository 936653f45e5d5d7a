-- The census: a CASE makes the split's column, weights are balanced, training rows leave out the rest.
-- source: BigQuery logistic-regression-prediction.md; its shape
-- covers: tutorial 3
-- tolerance: 3 % for gradient descent stops where it gains little
CREATE OR REPLACE VIEW `census.input_data` AS
SELECT
  age, workclass, marital_status, education_num, occupation, hours_per_week, income_bracket,
  CASE
    WHEN MOD(functional_weight, 10) < 8 THEN 'training'
    WHEN MOD(functional_weight, 10) = 8 THEN 'evaluation'
    WHEN MOD(functional_weight, 10) = 9 THEN 'prediction'
  END AS dataframe
FROM `bigquery-public-data.ml_datasets.census_adult_income`;
CREATE OR REPLACE MODEL `census.census_model`
OPTIONS (model_type='LOGISTIC_REG', auto_class_weights=TRUE, enable_global_explain=TRUE, data_split_method='NO_SPLIT', input_label_cols=['income_bracket'], max_iterations=15) AS
SELECT * EXCEPT(dataframe) FROM `census.input_data` WHERE dataframe = 'training';
SELECT * FROM ML.EVALUATE(MODEL `census.census_model`, (SELECT * FROM `census.input_data` WHERE dataframe = 'evaluation'));
-- columns: precision FLOAT64, recall FLOAT64, accuracy FLOAT64, f1_score FLOAT64, log_loss FLOAT64, roc_auc FLOAT64
-- rows:
-- [0.843, 0.882, 0.860, 0.862, 0.309, 0.941]
