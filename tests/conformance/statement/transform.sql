-- Statistics of the training rows are frozen; columns that TRANSFORM does not read pass.
-- source: BigQuery bigqueryml-syntax-create.md TRANSFORM; the values by arithmetic: prices go from 0 to 6
-- covers: statement S5; ML.TRANSFORM on linear_reg; resolution unused_columns
CREATE OR REPLACE MODEL shop.transformed
TRANSFORM (ML.MIN_MAX_SCALER(price) OVER () AS scaled, ML.BUCKETIZE(n, [50, 100]) AS bucket, * EXCEPT (price, n, kind), kind)
OPTIONS (model_type = 'linear_reg', input_label_cols = ['amount'])
AS SELECT n, price, kind, amount FROM shop.sales;
SELECT scaled, bucket, kind, day FROM ML.TRANSFORM(MODEL shop.transformed, (SELECT * FROM shop.sales WHERE n IN (3, 60))) ORDER BY day;
-- columns: scaled FLOAT64, bucket STRING, kind STRING, day DATE
-- rows: 
-- [0.5, "bin_1", "a", "2026-01-04"]
-- [0.6666666667, "bin_2", "a", "2026-03-02"]
