-- Weight, gain and cover.
-- source: BigQuery bigqueryml-syntax-importance.md; the means of loss_changes and of sum_hessian of the two splits in churn.json
-- covers: ML.FEATURE_IMPORTANCE on xgboost
SELECT * FROM ML.FEATURE_IMPORTANCE(MODEL d.churn);
-- columns: feature STRING, importance_weight FLOAT64, importance_gain FLOAT64, importance_cover FLOAT64
-- rows:
-- ["age", 2.0, 11.346294, 4.692848]
