-- A model is judged by exactly the rows that are held out: those of a column, the last tenth, all where none are; by chance, a share.
-- source: BigQuery's page of the model type, section 2 of the reference
-- covers: option data_split_method, data_split_col, data_split_eval_fraction, input_label_cols of linear_reg
CREATE OR REPLACE MODEL o.linear_reg_held_by_column OPTIONS (model_type = 'linear_reg', input_label_cols = ['amount'], data_split_method = 'CUSTOM', data_split_col = 'later') AS SELECT a, b, later, amount FROM o.rows;
CREATE OR REPLACE MODEL o.linear_reg_held_last OPTIONS (model_type = 'linear_reg', input_label_cols = ['amount'], data_split_method = 'SEQ', data_split_col = 'n', data_split_eval_fraction = 0.1) AS SELECT a, b, n, amount FROM o.rows;
CREATE OR REPLACE MODEL o.linear_reg_held_none OPTIONS (model_type = 'linear_reg', input_label_cols = ['amount'], data_split_method = 'NO_SPLIT') AS SELECT a, b, amount FROM o.rows;
CREATE OR REPLACE MODEL o.linear_reg_held_much OPTIONS (model_type = 'linear_reg', input_label_cols = ['amount'], data_split_method = 'RANDOM', data_split_eval_fraction = 0.5) AS SELECT a, b, amount FROM o.rows;
CREATE OR REPLACE MODEL o.linear_reg_held_little OPTIONS (model_type = 'linear_reg', input_label_cols = ['amount'], data_split_method = 'RANDOM', data_split_eval_fraction = 0.05) AS SELECT a, b, amount FROM o.rows;
SELECT
  ABS((SELECT mean_absolute_error FROM ML.EVALUATE(MODEL o.linear_reg_held_by_column)) - (SELECT mean_absolute_error FROM ML.EVALUATE(MODEL o.linear_reg_held_by_column, (SELECT * FROM o.rows WHERE later)))) < 1e-9 AS by_column,
  ABS((SELECT mean_absolute_error FROM ML.EVALUATE(MODEL o.linear_reg_held_last)) - (SELECT mean_absolute_error FROM ML.EVALUATE(MODEL o.linear_reg_held_last, (SELECT * FROM o.rows WHERE n > 540)))) < 1e-9 AS last,
  ABS((SELECT mean_absolute_error FROM ML.EVALUATE(MODEL o.linear_reg_held_none)) - (SELECT mean_absolute_error FROM ML.EVALUATE(MODEL o.linear_reg_held_none, (SELECT * FROM o.rows WHERE TRUE)))) < 1e-9 AS none,
  (SELECT mean_absolute_error FROM ML.EVALUATE(MODEL o.linear_reg_held_much)) <> (SELECT mean_absolute_error FROM ML.EVALUATE(MODEL o.linear_reg_held_little)) AS by_chance;
-- columns: by_column BOOL, last BOOL, none BOOL, by_chance BOOL
-- rows:
-- [true, true, true, true]
