-- The losses over all training rows.
-- source: BigQuery bigqueryml-syntax-evaluate.md
-- covers: ML.EVALUATE on autoencoder
-- needs: torch
SELECT * FROM ML.EVALUATE(MODEL bqml.autoencoder);
-- columns: mean_absolute_error FLOAT64, mean_squared_error FLOAT64, mean_squared_log_error FLOAT64
-- rows: 1
