-- Rounds end where they gain less than they must, or where no more are allowed.
-- source: BigQuery's page of the model type, section 2 of the reference
-- covers: option max_iterations, early_stop, min_rel_progress of boosted_tree_classifier
CREATE OR REPLACE MODEL o.boosted_tree_classifier_to_the_end OPTIONS (model_type = 'boosted_tree_classifier', input_label_cols = ['bought'], max_iterations = 6, early_stop = FALSE) AS SELECT a, b, bought FROM o.rows;
CREATE OR REPLACE MODEL o.boosted_tree_classifier_stopped OPTIONS (model_type = 'boosted_tree_classifier', input_label_cols = ['bought'], max_iterations = 6, early_stop = TRUE, min_rel_progress = 0.9) AS SELECT a, b, bought FROM o.rows;
CREATE OR REPLACE MODEL o.boosted_tree_classifier_patient OPTIONS (model_type = 'boosted_tree_classifier', input_label_cols = ['bought'], max_iterations = 6, early_stop = TRUE, min_rel_progress = 0.0001) AS SELECT a, b, bought FROM o.rows;
SELECT (SELECT COUNT(*) FROM ML.TRAINING_INFO(MODEL o.boosted_tree_classifier_to_the_end)) AS to_the_end, (SELECT COUNT(*) FROM ML.TRAINING_INFO(MODEL o.boosted_tree_classifier_stopped)) < (SELECT COUNT(*) FROM ML.TRAINING_INFO(MODEL o.boosted_tree_classifier_to_the_end)) AS stopped, (SELECT COUNT(*) FROM ML.TRAINING_INFO(MODEL o.boosted_tree_classifier_stopped)) < (SELECT COUNT(*) FROM ML.TRAINING_INFO(MODEL o.boosted_tree_classifier_patient)) AS sooner;
-- columns: to_the_end INT64, stopped BOOL, sooner BOOL
-- rows:
-- [6, true, true]
