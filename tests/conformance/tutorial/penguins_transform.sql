-- Quantile buckets and a cross of two columns in TRANSFORM, which ML.EVALUATE and ML.PREDICT apply by themselves.
-- source: BigQuery bigqueryml-transform.md, its script; a fifth of the rows is not drawn by RAND() but counted off
-- covers: tutorial 6
CREATE OR REPLACE TABLE `bigquery-public-data.ml_datasets.penguins_to_transform` AS
SELECT n, IF(MOD(n, 2) = 0, 'Adelie', 'Gentoo') AS species, IF(MOD(n, 3) = 0, 'Biscoe', 'Dream') AS island, 35 + MOD(n * 7, 20) / 2 AS culmen_length_mm,
  14 + MOD(n * 3, 14) / 2 AS culmen_depth_mm, 180.0 + MOD(n * 11, 50) AS flipper_length_mm,
  3000.0 + 20 * MOD(n * 11, 50) + IF(MOD(n, 2) = 0, 400, 0) AS body_mass_g, IF(MOD(n, 5) < 2, 'MALE', 'FEMALE') AS sex
FROM UNNEST(GENERATE_ARRAY(1, 400)) AS n;
CREATE OR REPLACE MODEL `bqml_tutorial.penguin_transform`
  TRANSFORM(
    body_mass_g,
    culmen_depth_mm,
    flipper_length_mm,
    ML.QUANTILE_BUCKETIZE(culmen_length_mm, 10) OVER () AS bucketized_culmen_length,
    CAST(culmen_length_mm AS string) AS culmen_length_mm,
    ML.FEATURE_CROSS(STRUCT(species, sex)) AS species_sex)
  OPTIONS (
    model_type = 'linear_reg',
    input_label_cols = ['body_mass_g'])
AS
SELECT
  *
FROM
  `bigquery-public-data.ml_datasets.penguins_to_transform`
WHERE
  body_mass_g IS NOT NULL
  AND MOD(n, 5) < 4;
WITH judged AS (SELECT r2_score FROM ML.EVALUATE(MODEL `bqml_tutorial.penguin_transform`, (SELECT * FROM `bigquery-public-data.ml_datasets.penguins_to_transform` WHERE body_mass_g IS NOT NULL))),
males AS (SELECT predicted_body_mass_g, body_mass_g FROM ML.PREDICT(MODEL `bqml_tutorial.penguin_transform`, (SELECT * FROM `bigquery-public-data.ml_datasets.penguins_to_transform` WHERE sex = 'MALE'))),
made AS (SELECT * FROM ML.TRANSFORM(MODEL `bqml_tutorial.penguin_transform`, (SELECT * FROM `bigquery-public-data.ml_datasets.penguins_to_transform` WHERE n = 21)))
SELECT r2_score, (SELECT COUNT(*) FROM males) AS males, (SELECT MAX(ABS(predicted_body_mass_g - body_mass_g)) < 20 FROM males) AS near,
  bucketized_culmen_length, made.culmen_length_mm, species_sex
FROM judged, made;
-- columns: r2_score FLOAT64, males INT64, near BOOL, bucketized_culmen_length STRING, culmen_length_mm STRING, species_sex STRUCT<species_sex STRING>
-- rows:
-- [0.94, 160, true, "bin_5", "38.5", {"species_sex": "Gentoo_MALE"}]
