-- Where no row is predicted positive there is no precision; the rest is defined.
-- source: BigQuery bigqueryml-syntax-evaluate.md (a precision without a positive prediction is NaN)
-- covers: ML.EVALUATE on logistic_reg, boosted_tree_classifier, random_forest_classifier
-- differs: A metric that is not defined is NULL, where BigQuery gives NaN: write IS NULL for IS_NAN. What is defined is as in BigQuery.
CREATE OR REPLACE MODEL bqml.undefined_logistic OPTIONS (model_type = 'logistic_reg', input_label_cols = ['sex'], data_split_method = 'NO_SPLIT') AS SELECT culmen_depth_mm, sex FROM bqml.penguins WHERE sex IN ('MALE', 'FEMALE');
CREATE OR REPLACE MODEL bqml.undefined_boosted OPTIONS (model_type = 'boosted_tree_classifier', input_label_cols = ['sex'], data_split_method = 'NO_SPLIT', max_iterations = 2) AS SELECT culmen_depth_mm, sex FROM bqml.penguins WHERE sex IN ('MALE', 'FEMALE');
CREATE OR REPLACE MODEL bqml.undefined_forest OPTIONS (model_type = 'random_forest_classifier', input_label_cols = ['sex'], data_split_method = 'NO_SPLIT', num_parallel_tree = 4) AS SELECT culmen_depth_mm, sex FROM bqml.penguins WHERE sex IN ('MALE', 'FEMALE');
SELECT 'logistic' AS model, precision, recall FROM ML.EVALUATE(MODEL bqml.undefined_logistic, (SELECT * FROM bqml.penguins WHERE sex IN ('MALE', 'FEMALE')), STRUCT(0.9999 AS threshold))
UNION ALL SELECT 'boosted', precision, recall FROM ML.EVALUATE(MODEL bqml.undefined_boosted, (SELECT * FROM bqml.penguins WHERE sex IN ('MALE', 'FEMALE')), STRUCT(0.9999 AS threshold))
UNION ALL SELECT 'forest', precision, recall FROM ML.EVALUATE(MODEL bqml.undefined_forest, (SELECT * FROM bqml.penguins WHERE sex IN ('MALE', 'FEMALE')), STRUCT(1.0 AS threshold))
ORDER BY model;
-- columns: model STRING, precision FLOAT64, recall FLOAT64
-- rows:
-- ["boosted", null, 0.0]
-- ["forest", null, 0.0]
-- ["logistic", null, 0.0]
