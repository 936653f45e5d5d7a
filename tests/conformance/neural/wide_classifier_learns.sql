-- What the network learned is near the truth.
-- source: no published numbers: what any reader of these penguins finds
-- covers: ML.EVALUATE on dnn_linear_combined_classifier
-- needs: torch
SELECT accuracy > 0.85 AS near FROM ML.EVALUATE(MODEL bqml.wide_classifier, (SELECT * FROM bqml.penguins WHERE sex IN ('FEMALE', 'MALE')));
-- columns: near BOOL
-- rows:
-- [true]
