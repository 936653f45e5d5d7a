-- Keys and words in any case, arrays, structs, a name in three parts, Python's True.
-- source: googleapis/python-bigquery-dataframes tests/unit/ml/test_golden_sql.py
-- covers: statement S4; syntax BIGFRAMES_NAMES; script BACKQUOTES
CREATE OR REPLACE MODEL `my-project`.`shop`.`cased`
OPTIONS(
  model_type='LOGISTIC_REG',
  data_split_method='no_split',
  Class_Weights=[STRUCT('true', 0.5), STRUCT('false', 0.5)],
  calculate_p_values=False,
  fit_intercept=True,
  INPUT_LABEL_COLS=['dear'])
AS SELECT `price`, `kind`, `dear` FROM `my-project.shop.sales`;
SELECT * FROM ML.PREDICT(MODEL `my-project`.`shop`.`cased`,
  (SELECT 6 AS price, 'a' AS kind));
-- columns: predicted_dear BOOL, predicted_dear_probs ARRAY<STRUCT<label BOOL, prob FLOAT64>>, price INT64, kind STRING
-- rows: 
-- [true, "*", 6, "a"]
