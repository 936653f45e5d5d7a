-- Weights of classes move the probabilities towards the class that weighs more.
-- source: BigQuery's page of the model type, section 2 of the reference
-- covers: option class_weights, auto_class_weights of boosted_tree_classifier
CREATE OR REPLACE MODEL o.boosted_tree_classifier_level OPTIONS (model_type = 'boosted_tree_classifier', input_label_cols = ['rare'], data_split_method = 'NO_SPLIT', max_iterations = 3) AS SELECT b, word, IF(MOD(n * 37, 101) + MOD(n, 7) > 85, 'yes', 'no') AS rare FROM o.rows;
CREATE OR REPLACE MODEL o.boosted_tree_classifier_weighed OPTIONS (model_type = 'boosted_tree_classifier', input_label_cols = ['rare'], data_split_method = 'NO_SPLIT', max_iterations = 3, class_weights = [STRUCT('yes', 9.0), STRUCT('no', 1.0)]) AS SELECT b, word, IF(MOD(n * 37, 101) + MOD(n, 7) > 85, 'yes', 'no') AS rare FROM o.rows;
CREATE OR REPLACE MODEL o.boosted_tree_classifier_balanced OPTIONS (model_type = 'boosted_tree_classifier', input_label_cols = ['rare'], data_split_method = 'NO_SPLIT', max_iterations = 3, auto_class_weights = TRUE) AS SELECT b, word, IF(MOD(n * 37, 101) + MOD(n, 7) > 85, 'yes', 'no') AS rare FROM o.rows;
SELECT
  (SELECT AVG(p.prob) FROM ML.PREDICT(MODEL o.boosted_tree_classifier_weighed, TABLE o.rows), UNNEST(predicted_rare_probs) AS p WHERE p.label = 'yes') > 1.5 * (SELECT AVG(p.prob) FROM ML.PREDICT(MODEL o.boosted_tree_classifier_level, TABLE o.rows), UNNEST(predicted_rare_probs) AS p WHERE p.label = 'yes') AS class_weights,
  (SELECT AVG(p.prob) FROM ML.PREDICT(MODEL o.boosted_tree_classifier_balanced, TABLE o.rows), UNNEST(predicted_rare_probs) AS p WHERE p.label = 'yes') > 1.5 * (SELECT AVG(p.prob) FROM ML.PREDICT(MODEL o.boosted_tree_classifier_level, TABLE o.rows), UNNEST(predicted_rare_probs) AS p WHERE p.label = 'yes') AS auto_class_weights;
-- columns: class_weights BOOL, auto_class_weights BOOL
-- rows:
-- [true, true]
