-- Weights of every trial.
-- source: BigQuery hp-tuning-overview.md (Model serving functions); bigqueryml-syntax-weights.md
-- covers: ML.WEIGHTS on logistic_reg
SELECT * FROM ML.WEIGHTS(MODEL tune.buyers) WHERE processed_input = 'a' ORDER BY trial_id;
-- columns: trial_id INT64, processed_input STRING, weight FLOAT64,
-- category_weights ARRAY<STRUCT<category STRING, weight FLOAT64>>
-- rows:
-- [1, "a", "*", []]
-- [2, "a", "*", []]
