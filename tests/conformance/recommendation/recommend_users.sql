-- For the users in the data, every item.
-- source: BigQuery bigqueryml-syntax-recommend.md
-- covers: ML.RECOMMEND on matrix_factorization
SELECT * FROM ML.RECOMMEND(MODEL bqml.taste, (SELECT 1 AS user_id));
-- columns: predicted_rating FLOAT64, user_id INT64, item_id INT64
