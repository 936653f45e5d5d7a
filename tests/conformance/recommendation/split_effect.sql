-- Ratings are held out as they are asked to be: none at first, those of a column exactly, the last ones, or a share.
-- source: BigQuery bigqueryml-syntax-create-matrix-factorization.md
-- covers: option data_split_method, data_split_col, data_split_eval_fraction of matrix_factorization
CREATE OR REPLACE TABLE bqml.marked AS SELECT visitor, page, duration, ROW_NUMBER() OVER (ORDER BY visitor, page, duration) AS n,
  MOD(duration, 5) = 0 AS later FROM bqml.stays;
CREATE OR REPLACE MODEL bqml.held_none OPTIONS (model_type = 'MATRIX_FACTORIZATION', user_col = 'visitor', item_col = 'page', rating_col = 'duration', num_factors = 2, max_iterations = 1) AS SELECT visitor, page, duration FROM bqml.marked;
CREATE OR REPLACE MODEL bqml.held_by_column OPTIONS (model_type = 'MATRIX_FACTORIZATION', user_col = 'visitor', item_col = 'page', rating_col = 'duration', num_factors = 2, max_iterations = 1, data_split_method = 'CUSTOM', data_split_col = 'later') AS SELECT visitor, page, duration, later FROM bqml.marked;
CREATE OR REPLACE MODEL bqml.held_last OPTIONS (model_type = 'MATRIX_FACTORIZATION', user_col = 'visitor', item_col = 'page', rating_col = 'duration', num_factors = 2, max_iterations = 1, data_split_method = 'SEQ', data_split_col = 'n', data_split_eval_fraction = 0.25) AS SELECT visitor, page, duration, n FROM bqml.marked;
CREATE OR REPLACE MODEL bqml.held_few OPTIONS (model_type = 'MATRIX_FACTORIZATION', user_col = 'visitor', item_col = 'page', rating_col = 'duration', num_factors = 2, max_iterations = 1, data_split_method = 'RANDOM', data_split_eval_fraction = 0.1) AS SELECT visitor, page, duration FROM bqml.marked;
CREATE OR REPLACE MODEL bqml.held_many OPTIONS (model_type = 'MATRIX_FACTORIZATION', user_col = 'visitor', item_col = 'page', rating_col = 'duration', num_factors = 2, max_iterations = 1, data_split_method = 'RANDOM', data_split_eval_fraction = 0.5) AS SELECT visitor, page, duration FROM bqml.marked;
SELECT (SELECT MAX(eval_loss) FROM ML.TRAINING_INFO(MODEL bqml.held_none)) IS NULL AS none,
  ABS((SELECT mean_squared_error FROM ML.EVALUATE(MODEL bqml.held_by_column)) - (SELECT mean_squared_error FROM ML.EVALUATE(MODEL bqml.held_by_column, (SELECT * FROM bqml.marked WHERE later)))) < 1e-9 AS by_column,
  ABS((SELECT mean_squared_error FROM ML.EVALUATE(MODEL bqml.held_last)) - (SELECT mean_squared_error FROM ML.EVALUATE(MODEL bqml.held_last, (SELECT * FROM bqml.marked WHERE n > 90)))) < 1e-9 AS last,
  (SELECT loss FROM ML.TRAINING_INFO(MODEL bqml.held_few)) <> (SELECT loss FROM ML.TRAINING_INFO(MODEL bqml.held_many)) AS by_chance;
-- columns: none BOOL, by_column BOOL, last BOOL, by_chance BOOL
-- rows:
-- [true, true, true, true]
