-- A share of the columns for each level is drawn for each split: colsample_bylevel = 0.4 grows the trees of colsample_bynode = 0.4, and others than 1 does.
-- source: BigQuery's page of the model type, section 2 of the reference
-- covers: option colsample_bylevel of trees
-- differs: LightGBM, which grows the trees, draws columns for a tree or for a split, and never for a level: the share of the level is drawn for each of its splits, times that of colsample_bynode.
CREATE OR REPLACE MODEL o.boost_bylevel OPTIONS (model_type = 'boosted_tree_regressor', input_label_cols = ['amount'], data_split_method = 'NO_SPLIT', max_iterations = 4, colsample_bylevel = 0.4) AS SELECT a, b, word, amount FROM o.rows;
CREATE OR REPLACE MODEL o.boost_bynode OPTIONS (model_type = 'boosted_tree_regressor', input_label_cols = ['amount'], data_split_method = 'NO_SPLIT', max_iterations = 4, colsample_bynode = 0.4) AS SELECT a, b, word, amount FROM o.rows;
CREATE OR REPLACE MODEL o.boost_all_columns OPTIONS (model_type = 'boosted_tree_regressor', input_label_cols = ['amount'], data_split_method = 'NO_SPLIT', max_iterations = 4) AS SELECT a, b, word, amount FROM o.rows;
CREATE OR REPLACE MODEL o.forest_bylevel OPTIONS (model_type = 'random_forest_regressor', input_label_cols = ['amount'], data_split_method = 'NO_SPLIT', num_parallel_tree = 4, colsample_bynode = 1.0, colsample_bylevel = 0.4) AS SELECT a, b, word, amount FROM o.rows;
CREATE OR REPLACE MODEL o.forest_bynode OPTIONS (model_type = 'random_forest_regressor', input_label_cols = ['amount'], data_split_method = 'NO_SPLIT', num_parallel_tree = 4, colsample_bynode = 0.4) AS SELECT a, b, word, amount FROM o.rows;
SELECT
  (SELECT mean_squared_error FROM ML.EVALUATE(MODEL o.boost_bylevel)) = (SELECT mean_squared_error FROM ML.EVALUATE(MODEL o.boost_bynode)) AS boosted_as_nodes,
  (SELECT mean_squared_error FROM ML.EVALUATE(MODEL o.boost_bylevel)) <> (SELECT mean_squared_error FROM ML.EVALUATE(MODEL o.boost_all_columns)) AS boosted_draws,
  (SELECT mean_squared_error FROM ML.EVALUATE(MODEL o.forest_bylevel)) = (SELECT mean_squared_error FROM ML.EVALUATE(MODEL o.forest_bynode)) AS forest_as_nodes;
-- columns: boosted_as_nodes BOOL, boosted_draws BOOL, forest_as_nodes BOOL
-- rows:
-- [true, true, true]
