-- Without an intercept the line goes through the origin of the inputs' own units: of y = 2x + 100 at 1, 2, 3 and 4 the
-- slope is 1060 / 30.
-- source: BigQuery bigqueryml-syntax-create-glm.md (FIT_INTERCEPT)
-- covers: option fit_intercept of linear_reg
CREATE OR REPLACE MODEL o.linear_reg_origin OPTIONS (model_type = 'linear_reg', input_label_cols = ['y'], fit_intercept = FALSE) AS SELECT x, 2 * x + 100 AS y FROM UNNEST([1.0, 2.0, 3.0, 4.0]) AS x;
SELECT x, ROUND(predicted_y, 9) AS y FROM ML.PREDICT(MODEL o.linear_reg_origin, (SELECT x FROM UNNEST([0.0, 3.0]) AS x)) ORDER BY x;
-- columns: x FLOAT64, y FLOAT64
-- rows:
-- [0.0, 0.0]
-- [3.0, 106.0]
