-- Rows are held out by a column.
-- source: BigQuery bigqueryml-syntax-create-matrix-factorization.md
-- accepts: option data_split_col, data_split_method of matrix_factorization
CREATE OR REPLACE MODEL bqml.by_column OPTIONS (model_type = 'MATRIX_FACTORIZATION', user_col = 'visitor', item_col = 'page', rating_col = 'duration', data_split_method = 'CUSTOM', data_split_col = 'later', max_iterations = 3) AS SELECT visitor, page, duration, MOD(duration, 5) = 0 AS later FROM bqml.stays;
SELECT COUNT(*) AS n FROM ML.RECOMMEND(MODEL bqml.by_column, (SELECT 'v1' AS visitor, 'p7' AS page));
-- columns: n INT64
-- rows: 
-- [1]
