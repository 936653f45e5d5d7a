-- The penguins again, and networks that learn them: small ones, soon done.
-- table: bqml.penguins = ../../data/bigquery-ml/penguins.jsonl
CREATE TABLE bqml.new_penguins AS
SELECT * FROM UNNEST([
  STRUCT(1633 AS tag_number, 'Adelie Penguin (Pygoscelis adeliae)' AS species, 'Torgersen' AS island,
    39.5 AS culmen_length_mm, 18.8 AS culmen_depth_mm, 196.0 AS flipper_length_mm, 3750.0 AS body_mass_g, 'MALE' AS sex),
  STRUCT(1672, 'Adelie Penguin (Pygoscelis adeliae)', 'Torgersen', 38.5, 17.2, 181.0, 5200.0, 'FEMALE'),
  STRUCT(1690, 'Chinstrap penguin (Pygoscelis antarctica)', 'Dream', 37.9, 18.1, 188.0, 3325.0, 'FEMALE')]);

CREATE TABLE bqml.few AS
SELECT MOD(n * 37, 101) AS a, MOD(n * 53, 97) / 10 AS b, CHR(97 + MOD(n, 5)) AS word,
  MOD(n * 37, 101) + 3 * MOD(n, 5) + MOD(n, 2) AS amount, IF(MOD(n * 37, 101) + MOD(n, 7) > 52, 'yes', 'no') AS bought
FROM UNNEST(GENERATE_ARRAY(1, 60)) AS n;

CREATE OR REPLACE MODEL `bqml.deep_classifier`
OPTIONS (
    model_type='DNN_CLASSIFIER',
    input_label_cols=['sex'],
    hidden_units=[8],
    learn_rate=0.01,
    max_iterations=5,
    data_split_method='NO_SPLIT',
    enable_global_explain=TRUE
) AS SELECT
    *
FROM `bqml.penguins`
WHERE
  sex IN ('FEMALE', 'MALE');

CREATE OR REPLACE MODEL `bqml.deep_classifier_transformed`
TRANSFORM (ML.STANDARD_SCALER(flipper_length_mm) OVER () AS flipper, UPPER(island) AS place, sex)
OPTIONS (model_type='dnn_classifier', input_label_cols=['sex'], hidden_units=[2], max_iterations=1)
AS SELECT * FROM `bqml.penguins` WHERE sex IN ('FEMALE', 'MALE');

CREATE OR REPLACE MODEL `bqml.deep_regressor`
OPTIONS (
    model_type='DNN_REGRESSOR',
    input_label_cols=['body_mass_g'],
    hidden_units=[8],
    learn_rate=0.01,
    max_iterations=5,
    data_split_method='NO_SPLIT',
    enable_global_explain=TRUE
) AS SELECT
    *
FROM `bqml.penguins`
WHERE
  body_mass_g IS NOT NULL;

CREATE OR REPLACE MODEL `bqml.deep_regressor_transformed`
TRANSFORM (ML.STANDARD_SCALER(flipper_length_mm) OVER () AS flipper, UPPER(island) AS place, body_mass_g)
OPTIONS (model_type='dnn_regressor', input_label_cols=['body_mass_g'], hidden_units=[2], max_iterations=1)
AS SELECT * FROM `bqml.penguins` WHERE body_mass_g IS NOT NULL;

CREATE OR REPLACE MODEL `bqml.wide_classifier`
OPTIONS (
    model_type='DNN_LINEAR_COMBINED_CLASSIFIER',
    input_label_cols=['sex'],
    hidden_units=[8],
    learn_rate=0.01,
    max_iterations=5,
    data_split_method='NO_SPLIT',
    enable_global_explain=TRUE
) AS SELECT
    *
FROM `bqml.penguins`
WHERE
  sex IN ('FEMALE', 'MALE');

CREATE OR REPLACE MODEL `bqml.wide_classifier_transformed`
TRANSFORM (ML.STANDARD_SCALER(flipper_length_mm) OVER () AS flipper, UPPER(island) AS place, sex)
OPTIONS (model_type='dnn_linear_combined_classifier', input_label_cols=['sex'], hidden_units=[2], max_iterations=1)
AS SELECT * FROM `bqml.penguins` WHERE sex IN ('FEMALE', 'MALE');

CREATE OR REPLACE MODEL `bqml.wide_regressor`
OPTIONS (
    model_type='DNN_LINEAR_COMBINED_REGRESSOR',
    input_label_cols=['body_mass_g'],
    hidden_units=[8],
    learn_rate=0.01,
    max_iterations=5,
    data_split_method='NO_SPLIT',
    enable_global_explain=TRUE
) AS SELECT
    *
FROM `bqml.penguins`
WHERE
  body_mass_g IS NOT NULL;

CREATE OR REPLACE MODEL `bqml.wide_regressor_transformed`
TRANSFORM (ML.STANDARD_SCALER(flipper_length_mm) OVER () AS flipper, UPPER(island) AS place, body_mass_g)
OPTIONS (model_type='dnn_linear_combined_regressor', input_label_cols=['body_mass_g'], hidden_units=[2], max_iterations=1)
AS SELECT * FROM `bqml.penguins` WHERE body_mass_g IS NOT NULL;

CREATE OR REPLACE MODEL `bqml.autoencoder`
OPTIONS (model_type='AUTOENCODER', hidden_units=[8, 2, 8], learn_rate=0.01, max_iterations=5)
AS SELECT * FROM `bqml.penguins`;

CREATE OR REPLACE MODEL `bqml.autoencoder_transformed`
TRANSFORM (ML.STANDARD_SCALER(flipper_length_mm) OVER () AS flipper, UPPER(island) AS place)
OPTIONS (model_type='autoencoder', hidden_units=[1], max_iterations=1)
AS SELECT * FROM `bqml.penguins`;
