-- The ratings of BigQuery DataFrames' tests, and visits that are only implied.
-- table: bqml.ratings = ../../data/bigquery-ml/ratings.jsonl
CREATE TABLE bqml.stays AS SELECT CONCAT('v', CAST(MOD(n, 20) AS STRING)) AS visitor, CONCAT('p', CAST(MOD(n * 7, 15) AS STRING)) AS page, 1 + MOD(n * 13, 9) AS duration FROM UNNEST(GENERATE_ARRAY(1, 120)) AS n;
CREATE MODEL bqml.taste OPTIONS (model_type = 'MATRIX_FACTORIZATION', feedback_type = 'EXPLICIT', user_col = 'user_id', item_col = 'item_id', rating_col = 'rating', l2_reg = 9.83, num_factors = 6) AS SELECT user_id, item_id, rating FROM bqml.ratings;
CREATE MODEL bqml.wish OPTIONS (model_type = 'MATRIX_FACTORIZATION', feedback_type = 'IMPLICIT', user_col = 'visitor', item_col = 'page', rating_col = 'duration', num_factors = 4, wals_alpha = 30, max_iterations = 5) AS SELECT visitor, page, duration FROM bqml.stays;
