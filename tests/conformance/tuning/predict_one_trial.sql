-- The trial's number is the very first column.
-- source: BigQuery hp-tuning-overview.md (Model serving functions); bigqueryml-syntax-predict.md
-- covers: ML.PREDICT on logistic_reg
SELECT * FROM ML.PREDICT(MODEL tune.buyers, (SELECT a, b, word FROM tune.rows WHERE n = 1), STRUCT(2 AS trial_id));
-- columns: trial_id INT64, predicted_bought STRING, predicted_bought_probs ARRAY<STRUCT<label STRING, prob FLOAT64>>,
-- a INT64, b FLOAT64, word STRING
-- rows:
-- [2, "*", "*", 37, "*", "b"]
