-- Rows that two columns and a word decide, enough of them that a tuning holds some out.
CREATE TABLE tune.rows AS
SELECT n, MOD(n * 37, 101) AS a, MOD(n * 53, 97) / 10 AS b, CHR(97 + MOD(n, 5)) AS word,
  CASE MOD(n, 10) WHEN 0 THEN 'TEST' WHEN 1 THEN 'EVAL' ELSE 'TRAIN' END AS part,
  MOD(n * 37, 101) + 3 * MOD(n, 5) + MOD(n, 2) AS amount, IF(MOD(n * 37, 101) + MOD(n, 7) > 52, 'yes', 'no') AS bought
FROM UNNEST(GENERATE_ARRAY(1, 600)) AS n;

CREATE TABLE tune.few AS
SELECT MOD(n * 37, 101) AS a, MOD(n * 53, 97) / 10 AS b, MOD(n * 37, 101) + 3 * MOD(n, 5) + MOD(n, 2) AS amount,
  IF(MOD(n * 37, 101) + MOD(n, 7) * 5 > 60, 'yes', 'no') AS bought, MOD(n, 8) AS user, MOD(n * 7, 9) AS item
FROM UNNEST(GENERATE_ARRAY(1, 80)) AS n;

CREATE OR REPLACE MODEL tune.amounts
OPTIONS (model_type='LINEAR_REG', input_label_cols=['amount'], num_trials=3, hparam_tuning_algorithm='GRID_SEARCH',
  l2_reg=HPARAM_CANDIDATES([0, 1, 1000]), data_split_method='CUSTOM', data_split_col='part')
AS SELECT a, b, word, part, amount FROM tune.rows;

CREATE OR REPLACE MODEL tune.buyers
OPTIONS (model_type='LOGISTIC_REG', input_label_cols=['bought'], num_trials=2, l2_reg=HPARAM_CANDIDATES([0, 5]))
AS SELECT a, b, word, bought FROM tune.rows;

CREATE OR REPLACE MODEL tune.groups OPTIONS (model_type='KMEANS', num_trials=2, num_clusters=HPARAM_CANDIDATES([2, 3]))
AS SELECT a, b FROM tune.rows;
