-- What the network learned is near the truth.
-- source: no published numbers: what any reader of these penguins finds
-- covers: ML.EVALUATE on dnn_linear_combined_regressor
-- needs: torch
SELECT r2_score > 0.8 AS near FROM ML.EVALUATE(MODEL bqml.wide_regressor, (SELECT * FROM bqml.penguins WHERE sex IN ('FEMALE', 'MALE')));
-- columns: near BOOL
-- rows:
-- [true]
