-- Without data ML.EVALUATE gives every trial, judged on the rows marked TEST.
-- source: BigQuery hp-tuning-overview.md (Model serving functions)
-- covers: option data_split_method, data_split_col of linear_reg
SELECT trial_id, r2_score > 0.5 AS good FROM ML.EVALUATE(MODEL tune.amounts) ORDER BY trial_id;
-- columns: trial_id INT64, good BOOL
-- rows:
-- [1, true]
-- [2, true]
-- [3, true]
