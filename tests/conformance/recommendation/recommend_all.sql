-- Without data, every user with every item.
-- source: BigQuery bigqueryml-syntax-recommend.md; bigqueryml-mf-explicit-tutorial.md
-- covers: ML.RECOMMEND on matrix_factorization; model matrix_factorization; tutorial 10; option user_col, item_col, rating_col of matrix_factorization
SELECT * FROM ML.RECOMMEND(MODEL bqml.taste);
-- columns: predicted_rating FLOAT64, user_id INT64, item_id INT64
