-- A warm start goes on from the model of that name, to less loss; its rounds are a run of their own.
-- source: BigQuery's page of the model type, section 2 of the reference
-- covers: option warm_start of logistic_reg
CREATE OR REPLACE MODEL o.logistic_reg_again OPTIONS (model_type = 'logistic_reg', input_label_cols = ['bought'], data_split_method = 'NO_SPLIT', optimize_strategy = 'BATCH_GRADIENT_DESCENT', max_iterations = 1) AS SELECT a, b, bought FROM o.rows;
CREATE OR REPLACE MODEL o.logistic_reg_again OPTIONS (model_type = 'logistic_reg', input_label_cols = ['bought'], data_split_method = 'NO_SPLIT', optimize_strategy = 'BATCH_GRADIENT_DESCENT', max_iterations = 1, warm_start = TRUE) AS SELECT a, b, bought FROM o.rows;
SELECT training_run, iteration, RANK() OVER (ORDER BY loss DESC) AS worst FROM ML.TRAINING_INFO(MODEL o.logistic_reg_again) ORDER BY training_run;
-- columns: training_run INT64, iteration INT64, worst INT64
-- rows:
-- [0, 0, 1]
-- [1, 0, 2]
