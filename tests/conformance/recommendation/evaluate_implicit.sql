-- How well the wished pages rank.
-- source: BigQuery bigqueryml-syntax-evaluate.md; the tutorial's names of the metrics
-- covers: ML.EVALUATE on matrix_factorization; tutorial 11; resolution mf_metric_names
SELECT * FROM ML.EVALUATE(MODEL bqml.wish);
-- columns: mean_average_precision FLOAT64, mean_squared_error FLOAT64, normalized_discounted_cumulative_gain FLOAT64,
-- average_rank FLOAT64
-- rows: 1
