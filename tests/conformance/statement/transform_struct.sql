-- STRUCT of a function that gives several columns, with .*; a cross and a bucket at once.
-- source: BigQuery bigqueryml-transform.md; BigQuery bigqueryml-syntax-polynomial-expand.md
-- covers: statement S5
CREATE OR REPLACE MODEL shop.expanded
TRANSFORM (ML.POLYNOMIAL_EXPAND(STRUCT(price, weight)).*, ML.FEATURE_CROSS(STRUCT(kind, ML.QUANTILE_BUCKETIZE(n, 4) OVER () AS quarter)) AS crossed, amount)
OPTIONS (model_type = 'linear_reg', input_label_cols = ['amount'])
AS SELECT n, price, weight, kind, amount FROM shop.sales;
SELECT price, price_weight, crossed FROM ML.TRANSFORM(MODEL shop.expanded, (SELECT * FROM shop.sales WHERE n = 3));
-- columns: price FLOAT64, price_weight FLOAT64, crossed STRUCT<kind_quarter STRING>
