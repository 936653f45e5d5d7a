-- Weight, gain and cover of every feature.
-- source: BigQuery bigqueryml-syntax-importance.md
-- covers: ML.FEATURE_IMPORTANCE on boosted_tree_regressor
SELECT * FROM ML.FEATURE_IMPORTANCE(MODEL bqml.boosted_regressor);
-- columns: feature STRING, importance_weight FLOAT64, importance_gain FLOAT64, importance_cover FLOAT64
-- rows: 6
