-- The census: a CASE makes the split's column, weights are balanced, training rows leave out the rest.
-- source: BigQuery logistic-regression-prediction.md, its shape; the values by scikit-learn: LogisticRegression(C=1e9, class_weight='balanced') of the same rows, without bounds on its rounds
-- covers: tutorial 3
-- tolerance: 4 % as at most 15 rounds come close to that, and a row more or less on one side of the threshold is half a per cent
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
-- [0.8444444, 0.8941176, 0.8662791, 0.8685714, 0.3171318, 0.9392833]
