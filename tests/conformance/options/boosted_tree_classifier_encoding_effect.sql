-- One split parts sets of categories, but of their places in the alphabet only what comes before from the rest.
-- source: BigQuery's page of the model type, section 2 of the reference
-- covers: option category_encoding_method of boosted_tree_classifier
CREATE OR REPLACE MODEL o.boosted_tree_classifier_sets OPTIONS (model_type = 'boosted_tree_classifier', input_label_cols = ['fits'], data_split_method = 'NO_SPLIT', max_tree_depth = 1, max_iterations = 1) AS SELECT word, IF(word IN ('b', 'd'), 'yes', 'no') AS fits FROM o.rows;
CREATE OR REPLACE MODEL o.boosted_tree_classifier_places OPTIONS (model_type = 'boosted_tree_classifier', input_label_cols = ['fits'], data_split_method = 'NO_SPLIT', max_tree_depth = 1, max_iterations = 1, category_encoding_method = 'LABEL_ENCODING') AS SELECT word, IF(word IN ('b', 'd'), 'yes', 'no') AS fits FROM o.rows;
SELECT (SELECT log_loss FROM ML.EVALUATE(MODEL o.boosted_tree_classifier_places)) > (SELECT log_loss FROM ML.EVALUATE(MODEL o.boosted_tree_classifier_sets)) AS worse;
-- columns: worse BOOL
-- rows:
-- [true]
