-- The whole linear regression tutorial: train, evaluate, predict, explain one prediction, explain the model.
-- source: BigQuery linear-regression-tutorial.md; its shapes (its numbers stand in penguins/)
-- covers: tutorial 1
CREATE OR REPLACE TABLE `bigquery-public-data.ml_datasets.penguins` AS
SELECT IF(MOD(n, 2) = 0, 'Adelie', 'Gentoo') AS species, IF(MOD(n, 3) = 0, 'Biscoe', 'Dream') AS island, 35 + MOD(n * 7, 20) / 2 AS culmen_length_mm,
  14 + MOD(n * 3, 14) / 2 AS culmen_depth_mm, 180.0 + MOD(n * 11, 50) AS flipper_length_mm, IF(n = 5, NULL, 3000.0 + 20 * MOD(n * 11, 50)) AS body_mass_g, IF(MOD(n, 5) < 2, 'MALE', 'FEMALE') AS sex
FROM UNNEST(GENERATE_ARRAY(1, 120)) AS n;
#standardSQL
CREATE OR REPLACE MODEL `bqml_tutorial.penguins_model`
OPTIONS
  (model_type='linear_reg', input_label_cols=['body_mass_g'], enable_global_explain=TRUE) AS
SELECT
  *
FROM
  `bigquery-public-data.ml_datasets.penguins`
WHERE
  body_mass_g IS NOT NULL;
SELECT
  *
FROM
  ML.EXPLAIN_PREDICT(MODEL `bqml_tutorial.penguins_model`,
    (
    SELECT
      *
    FROM
      `bigquery-public-data.ml_datasets.penguins`
    WHERE
      island = 'Biscoe'),
    STRUCT(3 as top_k_features));
-- columns: predicted_body_mass_g FLOAT64,
-- top_feature_attributions ARRAY<STRUCT<feature STRING, attribution FLOAT64>>, baseline_prediction_value FLOAT64,
-- prediction_value FLOAT64, approximation_error FLOAT64, species STRING, island STRING, culmen_length_mm FLOAT64,
-- culmen_depth_mm FLOAT64, flipper_length_mm FLOAT64, body_mass_g FLOAT64, sex STRING
-- rows: 40
