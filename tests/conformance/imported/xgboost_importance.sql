-- Weight, gain and cover.
-- source: BigQuery bigqueryml-syntax-importance.md
-- covers: ML.FEATURE_IMPORTANCE on xgboost
SELECT * FROM ML.FEATURE_IMPORTANCE(MODEL d.churn);
-- columns: feature STRING, importance_weight FLOAT64, importance_gain FLOAT64, importance_cover FLOAT64
