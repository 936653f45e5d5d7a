-- The loss of the last round is what the finished model is off the ratings that trained it, squared.
-- source: the mean of ML.EVALUATE, which evaluate_by_hand holds
-- covers: ML.TRAINING_INFO on matrix_factorization; ML.EVALUATE on matrix_factorization
-- tolerance: 1e-6
SELECT (SELECT MAX_BY(loss, iteration) FROM ML.TRAINING_INFO(MODEL bqml.taste)) / (SELECT mean_squared_error FROM ML.EVALUATE(MODEL bqml.taste)) AS loss;
-- columns: loss FLOAT64
-- rows:
-- [1]
