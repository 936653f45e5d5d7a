-- The field of OUTPUT, then the data.
-- source: BigQuery bigqueryml-syntax-create-xgboost.md; the value by xgboost itself
-- covers: ML.PREDICT on xgboost; model xgboost; option model_path of xgboost; statement S8
SELECT * FROM ML.PREDICT(MODEL d.churn, (SELECT 30.0 AS age, 1.0 AS visits, 'x' AS more));
-- columns: churned FLOAT64, age FLOAT64, visits FLOAT64, more STRING
-- rows:
-- [0.748866, 30.0, 1.0, "x"]
