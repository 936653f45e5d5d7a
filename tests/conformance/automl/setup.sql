-- Enough rows that some are held out, with two classes.
CREATE TABLE o.rows AS
SELECT n, MOD(n * 37, 101) AS a, MOD(n * 53, 97) / 10 AS b, CHR(97 + MOD(n, 5)) AS word, MOD(n, 4) = 0 AS later,
  MOD(n * 37, 101) + 3 * MOD(n, 5) + MOD(n, 2) AS amount, IF(MOD(n * 37, 101) + MOD(n, 7) * 9 > 80, 'yes', 'no') AS bought
FROM UNNEST(GENERATE_ARRAY(1, 600)) AS n;
CREATE MODEL o.automl_classifier OPTIONS (model_type = 'AUTOML_CLASSIFIER', budget_hours = 1.0, max_candidates = 1, input_label_cols = ['bought']) AS SELECT a, b, word, bought FROM o.rows;
CREATE MODEL o.automl_regressor OPTIONS (model_type = 'AUTOML_REGRESSOR', budget_hours = 1.0, max_candidates = 1, input_label_cols = ['amount']) AS SELECT a, b, word, amount FROM o.rows;
