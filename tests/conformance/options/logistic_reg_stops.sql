-- A training of max_iterations = 3 rounds has three; one that must gain 90 % in each stops after the second.
-- source: BigQuery bigqueryml-syntax-create-glm.md (MAX_ITERATIONS, EARLY_STOP, MIN_REL_PROGRESS)
-- covers: option max_iterations, early_stop, min_rel_progress of logistic_reg
CREATE OR REPLACE MODEL o.logistic_reg_three OPTIONS (model_type = 'logistic_reg', input_label_cols = ['bought'], max_iterations = 3, early_stop = FALSE) AS SELECT a, b, word, bought FROM o.rows;
CREATE OR REPLACE MODEL o.logistic_reg_stops OPTIONS (model_type = 'logistic_reg', input_label_cols = ['bought'], min_rel_progress = 0.9) AS SELECT a, b, word, bought FROM o.rows;
SELECT (SELECT COUNT(*) FROM ML.TRAINING_INFO(MODEL o.logistic_reg_three)) AS three, (SELECT COUNT(*) FROM ML.TRAINING_INFO(MODEL o.logistic_reg_stops)) AS two;
-- columns: three INT64, two INT64
-- rows:
-- [3, 2]
