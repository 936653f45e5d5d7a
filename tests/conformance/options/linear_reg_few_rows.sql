-- Four rows of a line give the line back.
-- source: BigQuery bigqueryml-syntax-create-glm.md (OPTIMIZE_STRATEGY)
-- covers: option optimize_strategy of linear_reg
-- differs: AUTO_STRATEGY solves the least squares also with more than 10,000 categories or fewer than 10 rows for each, where BigQuery ML descends in 20 rounds: the exact answer has the least loss. The rounds that l1_reg and warm_start ask for are of L-BFGS.
CREATE OR REPLACE MODEL o.linear_reg_few_rows OPTIONS (model_type = 'linear_reg', input_label_cols = ['y']) AS SELECT x, 2 * x + 100 AS y FROM UNNEST([1.0, 2.0, 3.0, 4.0]) AS x;
SELECT ROUND(predicted_y, 9) AS y, (SELECT COUNT(*) FROM ML.TRAINING_INFO(MODEL o.linear_reg_few_rows)) AS rounds FROM ML.PREDICT(MODEL o.linear_reg_few_rows, (SELECT 10.0 AS x));
-- columns: y FLOAT64, rounds INT64
-- rows:
-- [120.0, 1]
