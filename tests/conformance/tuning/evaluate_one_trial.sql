-- With data one trial is evaluated, the optimal one unless another is named; its number comes first.
-- source: BigQuery hp-tuning-overview.md (Model serving functions)
-- covers: ML.EVALUATE on linear_reg
SELECT * FROM ML.EVALUATE(MODEL tune.amounts, TABLE tune.rows, STRUCT(3 AS trial_id));
-- columns: trial_id INT64, mean_absolute_error FLOAT64, mean_squared_error FLOAT64, mean_squared_log_error FLOAT64,
-- median_absolute_error FLOAT64, r2_score FLOAT64, explained_variance FLOAT64
-- rows:
-- [3, "*", "*", "*", "*", "*", "*"]
