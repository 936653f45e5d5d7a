-- What TRANSFORM makes of the data, then the columns that it does not read.
-- source: BigQuery bigqueryml-syntax-transform.md; scaled by NumPy with the mean and deviation of the training rows
-- covers: ML.TRANSFORM on dnn_linear_combined_regressor
-- needs: torch
SELECT * FROM ML.TRANSFORM(MODEL bqml.wide_regressor_transformed, TABLE bqml.new_penguins) ORDER BY tag_number;
-- columns: flipper FLOAT64, place STRING, ...
-- rows:
-- [-0.350057, "TORGERSEN"]
-- [-1.418347, "TORGERSEN"]
-- [-0.919812, "DREAM"]
