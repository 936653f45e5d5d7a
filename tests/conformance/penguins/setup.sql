-- The penguins, and the models that BigQuery DataFrames trains on them in its tests against the live service.
-- table: bqml.penguins = ../../data/bigquery-ml/penguins.jsonl
CREATE TABLE bqml.new_penguins AS
SELECT * FROM UNNEST([
  STRUCT(1633 AS tag_number, 'Adelie Penguin (Pygoscelis adeliae)' AS species, 'Torgersen' AS island,
    39.5 AS culmen_length_mm, 18.8 AS culmen_depth_mm, 196.0 AS flipper_length_mm, 3750.0 AS body_mass_g, 'MALE' AS sex),
  STRUCT(1672, 'Adelie Penguin (Pygoscelis adeliae)', 'Torgersen', 38.5, 17.2, 181.0, 5200.0, 'FEMALE'),
  STRUCT(1690, 'Chinstrap penguin (Pygoscelis antarctica)', 'Dream', 37.9, 18.1, 188.0, 3325.0, 'FEMALE')]);

CREATE TABLE bqml.four_penguins AS
SELECT * FROM UNNEST([
  STRUCT(1 AS n, 'Adelie Penguin (Pygoscelis adeliae)' AS species, 'Dream' AS island, 37.5 AS culmen_length_mm,
    18.5 AS culmen_depth_mm, 199 AS flipper_length_mm, 4475 AS body_mass_g, 'MALE' AS sex),
  STRUCT(2, 'Chinstrap penguin (Pygoscelis antarctica)', 'Dream', 55.8, 19.8, 207, 4000, 'MALE'),
  STRUCT(3, 'Adelie Penguin (Pygoscelis adeliae)', 'Biscoe', 39.7, 18.9, 184, 3550, 'MALE'),
  STRUCT(4, 'Gentoo penguin (Pygoscelis papua)', 'Biscoe', 43.8, 13.9, 208, 4300, 'FEMALE')]);

CREATE OR REPLACE MODEL `bqml.linear`
OPTIONS (
    model_type='linear_reg',
    input_label_cols=['body_mass_g'],
    data_split_method='NO_SPLIT',
    enable_global_explain=TRUE
) AS
SELECT
  *
FROM
  `bqml.penguins`
WHERE
  body_mass_g IS NOT NULL;

CREATE OR REPLACE MODEL `bqml.logistic`
OPTIONS (
    model_type='logistic_reg',
    input_label_cols=['sex'],
    data_split_method='NO_SPLIT',
    enable_global_explain=TRUE
) AS SELECT
    *
FROM `bqml.penguins`
WHERE
  sex IS NOT NULL;

CREATE OR REPLACE MODEL `bqml.kmeans`
OPTIONS (
    model_type='kmeans',
    num_clusters=3
) AS SELECT
    culmen_length_mm,
    culmen_depth_mm,
    flipper_length_mm,
    sex
FROM `bqml.penguins`;

-- The service began at rows that it does not tell. From these three, min_rel_progress stops at the very clusters it published.
CREATE OR REPLACE MODEL `bqml.kmeans_begun`
OPTIONS (
    model_type='kmeans',
    num_clusters=3,
    kmeans_init_method='CUSTOM',
    kmeans_init_col='first',
    early_stop=TRUE
) AS SELECT
    culmen_length_mm,
    culmen_depth_mm,
    flipper_length_mm,
    sex,
    IFNULL((sex, culmen_length_mm, culmen_depth_mm, flipper_length_mm)
      IN (('FEMALE', 47.2, 13.7, 214), ('MALE', 38.2, 18.1, 185), ('MALE', 40.5, 18.9, 180)), FALSE) AS first
FROM `bqml.penguins`;

CREATE OR REPLACE MODEL `bqml.pca`
OPTIONS (
    model_type='pca',
    num_principal_components=3
) AS SELECT
    *
FROM `bqml.penguins`;

CREATE OR REPLACE MODEL `bqml.boosted_regressor`
OPTIONS (
    model_type='BOOSTED_TREE_REGRESSOR',
    num_parallel_tree=1,
    booster_type='GBTREE',
    early_stop=True,
    data_split_method='NO_SPLIT',
    subsample=1.0,
    enable_global_explain=True,
    input_label_cols=['body_mass_g']
) AS SELECT
    *
FROM `bqml.penguins`
WHERE
  body_mass_g IS NOT NULL;

CREATE OR REPLACE MODEL `bqml.boosted_classifier`
OPTIONS (
    model_type="BOOSTED_TREE_CLASSIFIER",
    num_parallel_tree=1,
    booster_type='GBTREE',
    early_stop=True,
    data_split_method='NO_SPLIT',
    subsample=1.0,
    enable_global_explain=True,
    input_label_cols=['sex']
) AS SELECT
    *
FROM `bqml.penguins`
WHERE
  sex IS NOT NULL;

CREATE OR REPLACE MODEL `bqml.forest_regressor`
OPTIONS (
    model_type='RANDOM_FOREST_REGRESSOR',
    num_parallel_tree=100,
    early_stop=True,
    data_split_method='NO_SPLIT',
    subsample=0.8,
    enable_global_explain=True,
    input_label_cols=['body_mass_g']
) AS SELECT
    *
FROM `bqml.penguins`
WHERE
  body_mass_g IS NOT NULL;

CREATE OR REPLACE MODEL `bqml.forest_classifier`
OPTIONS (
    model_type="RANDOM_FOREST_CLASSIFIER",
    num_parallel_tree=100,
    early_stop=True,
    data_split_method='NO_SPLIT',
    subsample=0.8,
    enable_global_explain=True,
    input_label_cols=['sex']
) AS SELECT
    *
FROM `bqml.penguins`
WHERE
  sex IS NOT NULL;

-- One of two outcomes.
CREATE OR REPLACE MODEL `bqml.adelie`
OPTIONS (
    model_type='LOGISTIC_REG',
    input_label_cols=['is_adelie'],
    data_split_method='NO_SPLIT',
    calculate_p_values=TRUE,
    category_encoding_method='DUMMY_ENCODING'
) AS SELECT
    culmen_depth_mm, flipper_length_mm, sex, STARTS_WITH(species, 'Adelie') AS is_adelie
FROM `bqml.penguins`
WHERE
  flipper_length_mm IS NOT NULL;

-- What the service's own tests fit on three rows.
CREATE TABLE bqml.three AS SELECT culmen_length_mm, sex FROM bqml.new_penguins;
