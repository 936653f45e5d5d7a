-- A model is judged by exactly the rows that are held out: those of a column, the last tenth, all where none are; by chance, a share.
-- source: BigQuery's page of the model type, section 2 of the reference
-- covers: option data_split_method, data_split_col, data_split_eval_fraction, input_label_cols of random_forest_classifier
CREATE OR REPLACE MODEL o.random_forest_classifier_held_by_column OPTIONS (model_type = 'random_forest_classifier', input_label_cols = ['bought'], num_parallel_tree = 3, data_split_method = 'CUSTOM', data_split_col = 'later') AS SELECT a, b, later, bought FROM o.rows;
CREATE OR REPLACE MODEL o.random_forest_classifier_held_last OPTIONS (model_type = 'random_forest_classifier', input_label_cols = ['bought'], num_parallel_tree = 3, data_split_method = 'SEQ', data_split_col = 'n', data_split_eval_fraction = 0.1) AS SELECT a, b, n, bought FROM o.rows;
CREATE OR REPLACE MODEL o.random_forest_classifier_held_none OPTIONS (model_type = 'random_forest_classifier', input_label_cols = ['bought'], num_parallel_tree = 3, data_split_method = 'NO_SPLIT') AS SELECT a, b, bought FROM o.rows;
CREATE OR REPLACE MODEL o.random_forest_classifier_held_much OPTIONS (model_type = 'random_forest_classifier', input_label_cols = ['bought'], num_parallel_tree = 3, data_split_method = 'RANDOM', data_split_eval_fraction = 0.5) AS SELECT a, b, bought FROM o.rows;
CREATE OR REPLACE MODEL o.random_forest_classifier_held_little OPTIONS (model_type = 'random_forest_classifier', input_label_cols = ['bought'], num_parallel_tree = 3, data_split_method = 'RANDOM', data_split_eval_fraction = 0.05) AS SELECT a, b, bought FROM o.rows;
SELECT
  ABS((SELECT log_loss FROM ML.EVALUATE(MODEL o.random_forest_classifier_held_by_column)) - (SELECT log_loss FROM ML.EVALUATE(MODEL o.random_forest_classifier_held_by_column, (SELECT * FROM o.rows WHERE later)))) < 1e-9 AS by_column,
  ABS((SELECT log_loss FROM ML.EVALUATE(MODEL o.random_forest_classifier_held_last)) - (SELECT log_loss FROM ML.EVALUATE(MODEL o.random_forest_classifier_held_last, (SELECT * FROM o.rows WHERE n > 540)))) < 1e-9 AS last,
  ABS((SELECT log_loss FROM ML.EVALUATE(MODEL o.random_forest_classifier_held_none)) - (SELECT log_loss FROM ML.EVALUATE(MODEL o.random_forest_classifier_held_none, (SELECT * FROM o.rows WHERE TRUE)))) < 1e-9 AS none,
  (SELECT log_loss FROM ML.EVALUATE(MODEL o.random_forest_classifier_held_much)) <> (SELECT log_loss FROM ML.EVALUATE(MODEL o.random_forest_classifier_held_little)) AS by_chance;
-- columns: by_column BOOL, last BOOL, none BOOL, by_chance BOOL
-- rows:
-- [true, true, true, true]
