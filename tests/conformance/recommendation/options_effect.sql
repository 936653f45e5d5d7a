-- So many factors; l2_reg makes them smaller; rounds end where they gain too little.
-- source: BigQuery's page of the model type, section 2 of the reference
-- covers: option num_factors, l2_reg, max_iterations, early_stop, min_rel_progress of matrix_factorization
CREATE OR REPLACE MODEL bqml.mf_two OPTIONS (model_type = 'MATRIX_FACTORIZATION', user_col = 'user_id', item_col = 'item_id', rating_col = 'rating', num_factors = 2) AS SELECT user_id, item_id, rating FROM bqml.ratings;
CREATE OR REPLACE MODEL bqml.mf_four OPTIONS (model_type = 'MATRIX_FACTORIZATION', user_col = 'user_id', item_col = 'item_id', rating_col = 'rating', num_factors = 4) AS SELECT user_id, item_id, rating FROM bqml.ratings;
CREATE OR REPLACE MODEL bqml.mf_drawn OPTIONS (model_type = 'MATRIX_FACTORIZATION', user_col = 'user_id', item_col = 'item_id', rating_col = 'rating', num_factors = 4, l2_reg = 20) AS SELECT user_id, item_id, rating FROM bqml.ratings;
CREATE OR REPLACE MODEL bqml.mf_to_the_end OPTIONS (model_type = 'MATRIX_FACTORIZATION', user_col = 'user_id', item_col = 'item_id', rating_col = 'rating', num_factors = 2, max_iterations = 4, early_stop = FALSE) AS SELECT user_id, item_id, rating FROM bqml.ratings;
CREATE OR REPLACE MODEL bqml.mf_stopped OPTIONS (model_type = 'MATRIX_FACTORIZATION', user_col = 'user_id', item_col = 'item_id', rating_col = 'rating', num_factors = 2, max_iterations = 4, min_rel_progress = 0.9) AS SELECT user_id, item_id, rating FROM bqml.ratings;
CREATE OR REPLACE MODEL bqml.mf_patient OPTIONS (model_type = 'MATRIX_FACTORIZATION', user_col = 'user_id', item_col = 'item_id', rating_col = 'rating', num_factors = 2, max_iterations = 4, min_rel_progress = 0.000001) AS SELECT user_id, item_id, rating FROM bqml.ratings;
SELECT (SELECT MAX(ARRAY_LENGTH(factor_weights)) FROM ML.WEIGHTS(MODEL bqml.mf_two)) AS two, (SELECT MAX(ARRAY_LENGTH(factor_weights)) FROM ML.WEIGHTS(MODEL bqml.mf_four)) AS four, (SELECT SUM(ABS(w.weight)) FROM ML.WEIGHTS(MODEL bqml.mf_drawn), UNNEST(factor_weights) AS w) < (SELECT SUM(ABS(w.weight)) FROM ML.WEIGHTS(MODEL bqml.mf_four), UNNEST(factor_weights) AS w) AS drawn,
  (SELECT COUNT(*) FROM ML.TRAINING_INFO(MODEL bqml.mf_to_the_end)) AS to_the_end, (SELECT COUNT(*) FROM ML.TRAINING_INFO(MODEL bqml.mf_stopped)) < (SELECT COUNT(*) FROM ML.TRAINING_INFO(MODEL bqml.mf_to_the_end)) AS stopped, (SELECT COUNT(*) FROM ML.TRAINING_INFO(MODEL bqml.mf_stopped)) < (SELECT COUNT(*) FROM ML.TRAINING_INFO(MODEL bqml.mf_patient)) AS sooner;
-- columns: two INT64, four INT64, drawn BOOL, to_the_end INT64, stopped BOOL, sooner BOOL
-- rows:
-- [2, 4, true, 4, true, true]
