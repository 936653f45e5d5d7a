-- Without category_encoding_method the trees split texts as categories (NATIVE): the model is that of NATIVE, and not that of LABEL_ENCODING.
-- source: BigQuery's page of the model type, section 2 of the reference (default LABEL_ENCODING)
-- covers: option category_encoding_method of trees
-- differs: The default is NATIVE, sets of categories, where BigQuery has LABEL_ENCODING: it errs less (of the penguins' mass a squared error of 11,191 for 11,411). A script that gives LABEL_ENCODING has BigQuery's.
CREATE OR REPLACE MODEL o.boost_default OPTIONS (model_type = 'boosted_tree_regressor', input_label_cols = ['amount'], data_split_method = 'NO_SPLIT', max_iterations = 4, max_tree_depth = 2) AS SELECT a, word, IF(word IN ("b", "d"), 100, 0) + a AS amount FROM o.rows;
CREATE OR REPLACE MODEL o.boost_native OPTIONS (model_type = 'boosted_tree_regressor', input_label_cols = ['amount'], data_split_method = 'NO_SPLIT', max_iterations = 4, max_tree_depth = 2, category_encoding_method = 'NATIVE') AS SELECT a, word, IF(word IN ("b", "d"), 100, 0) + a AS amount FROM o.rows;
CREATE OR REPLACE MODEL o.boost_label OPTIONS (model_type = 'boosted_tree_regressor', input_label_cols = ['amount'], data_split_method = 'NO_SPLIT', max_iterations = 4, max_tree_depth = 2, category_encoding_method = 'LABEL_ENCODING') AS SELECT a, word, IF(word IN ("b", "d"), 100, 0) + a AS amount FROM o.rows;
CREATE OR REPLACE MODEL o.forest_default OPTIONS (model_type = 'random_forest_classifier', input_label_cols = ['bought'], data_split_method = 'NO_SPLIT', num_parallel_tree = 4) AS SELECT word, weight, bought FROM o.rows;
CREATE OR REPLACE MODEL o.forest_native OPTIONS (model_type = 'random_forest_classifier', input_label_cols = ['bought'], data_split_method = 'NO_SPLIT', num_parallel_tree = 4, category_encoding_method = 'NATIVE') AS SELECT word, weight, bought FROM o.rows;
CREATE OR REPLACE MODEL o.forest_label OPTIONS (model_type = 'random_forest_classifier', input_label_cols = ['bought'], data_split_method = 'NO_SPLIT', num_parallel_tree = 4, category_encoding_method = 'LABEL_ENCODING') AS SELECT word, weight, bought FROM o.rows;
SELECT
  (SELECT mean_squared_error FROM ML.EVALUATE(MODEL o.boost_default)) = (SELECT mean_squared_error FROM ML.EVALUATE(MODEL o.boost_native)) AS boosted_native,
  (SELECT mean_squared_error FROM ML.EVALUATE(MODEL o.boost_default)) <> (SELECT mean_squared_error FROM ML.EVALUATE(MODEL o.boost_label)) AS boosted_not_label,
  (SELECT log_loss FROM ML.EVALUATE(MODEL o.forest_default)) = (SELECT log_loss FROM ML.EVALUATE(MODEL o.forest_native)) AS forest_native,
  (SELECT log_loss FROM ML.EVALUATE(MODEL o.forest_default)) <> (SELECT log_loss FROM ML.EVALUATE(MODEL o.forest_label)) AS forest_not_label;
-- columns: boosted_native BOOL, boosted_not_label BOOL, forest_native BOOL, forest_not_label BOOL
-- rows:
-- [true, true, true, true]
