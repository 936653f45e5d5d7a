-- The errors of the ratings.
-- source: BigQuery bigqueryml-syntax-evaluate.md; the tutorial's names of the metrics
-- covers: ML.EVALUATE on matrix_factorization; tutorial 10; resolution mf_metric_names
SELECT * FROM ML.EVALUATE(MODEL bqml.taste);
-- columns: mean_absolute_error FLOAT64, mean_squared_error FLOAT64, mean_squared_log_error FLOAT64,
-- median_absolute_error FLOAT64, r2_score FLOAT64, explained_variance FLOAT64
-- rows: 1
