-- Iterations of a tuned model are not kept; its trials are.
-- source: BigQuery hp-tuning-overview.md (Unsupported functions)
-- covers: input wrong_model_type
SELECT * FROM ML.TRAINING_INFO(MODEL tune.amounts);
-- error: ML.TRIAL_INFO
