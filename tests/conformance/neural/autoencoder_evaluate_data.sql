-- The losses over data are the means of those of its rows.
-- source: BigQuery bigqueryml-syntax-evaluate.md and bigqueryml-syntax-reconstruction-loss.md
-- covers: ML.EVALUATE on autoencoder; ML.RECONSTRUCTION_LOSS on autoencoder
-- needs: torch
SELECT ABS(e.mean_squared_error - r.mse) < 1e-9 AS same FROM ML.EVALUATE(MODEL bqml.autoencoder, TABLE bqml.new_penguins) AS e,
  (SELECT AVG(mean_squared_error) AS mse FROM ML.RECONSTRUCTION_LOSS(MODEL bqml.autoencoder, TABLE bqml.new_penguins)) AS r;
-- columns: same BOOL
-- rows:
-- [true]
