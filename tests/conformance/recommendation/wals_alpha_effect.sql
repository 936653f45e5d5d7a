-- The weight of what was seen changes the confidence.
-- source: BigQuery's page of the model type, section 2 of the reference
-- covers: option wals_alpha of matrix_factorization
CREATE OR REPLACE MODEL bqml.mi_low OPTIONS (model_type = 'MATRIX_FACTORIZATION', feedback_type = 'IMPLICIT', user_col = 'visitor', item_col = 'page', rating_col = 'duration', num_factors = 2, max_iterations = 3, wals_alpha = 1) AS SELECT visitor, page, duration FROM bqml.stays;
CREATE OR REPLACE MODEL bqml.mi_high OPTIONS (model_type = 'MATRIX_FACTORIZATION', feedback_type = 'IMPLICIT', user_col = 'visitor', item_col = 'page', rating_col = 'duration', num_factors = 2, max_iterations = 3, wals_alpha = 100) AS SELECT visitor, page, duration FROM bqml.stays;
SELECT (SELECT SUM(predicted_duration_confidence) FROM ML.RECOMMEND(MODEL bqml.mi_high)) > (SELECT SUM(predicted_duration_confidence) FROM ML.RECOMMEND(MODEL bqml.mi_low)) AS surer;
-- columns: surer BOOL
-- rows:
-- [true]
