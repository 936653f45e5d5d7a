-- The census with boosted trees: the options that the tutorial gives.
-- source: BigQuery boosted-tree-classifier-tutorial.md; its shape
-- covers: tutorial 4
CREATE OR REPLACE MODEL `bqml_tutorial.tree_model`
OPTIONS (MODEL_TYPE='BOOSTED_TREE_CLASSIFIER', BOOSTER_TYPE = 'GBTREE', NUM_PARALLEL_TREE = 1, MAX_ITERATIONS = 5, TREE_METHOD = 'HIST', EARLY_STOP = FALSE, SUBSAMPLE = 0.85, INPUT_LABEL_COLS = ['income_bracket']) AS
SELECT * EXCEPT (functional_weight) FROM `bigquery-public-data.ml_datasets.census_adult_income`;
SELECT * FROM ML.PREDICT(MODEL `bqml_tutorial.tree_model`, (SELECT * FROM `bigquery-public-data.ml_datasets.census_adult_income` LIMIT 5));
-- columns: predicted_income_bracket STRING, predicted_income_bracket_probs ARRAY<STRUCT<label STRING, prob FLOAT64>>,
-- age INT64, workclass STRING, functional_weight INT64, education STRING, education_num INT64, marital_status STRING,
-- occupation STRING, hours_per_week INT64, native_country STRING, income_bracket STRING
-- rows: 5
