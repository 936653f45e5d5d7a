-- For pairs, one row each; what else the data has follows.
-- source: BigQuery bigqueryml-syntax-recommend.md
-- covers: ML.RECOMMEND on matrix_factorization
SELECT * FROM ML.RECOMMEND(MODEL bqml.taste, (SELECT 1 AS user_id, 2 AS item_id, 'x' AS more));
-- columns: predicted_rating FLOAT64, user_id INT64, item_id INT64, more STRING
-- rows: 1
