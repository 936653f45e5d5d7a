-- What TRANSFORM makes, then what it did not read.
-- source: BigQuery bigqueryml-syntax-transform.md; the greatest of MOD(37 n, 101) is 100, so that 50 becomes 50 / 100
-- covers: ML.TRANSFORM on boosted_tree_regressor; statement S5
CREATE OR REPLACE MODEL o.boosted_tree_regressor_shaped TRANSFORM (ML.MAX_ABS_SCALER(a) OVER () AS scaled, word, amount) OPTIONS (model_type = 'boosted_tree_regressor', input_label_cols = ['amount']) AS SELECT a, word, amount FROM o.rows;
SELECT * FROM ML.TRANSFORM(MODEL o.boosted_tree_regressor_shaped, (SELECT 50 AS a, 'a' AS word, 'ticket' AS more));
-- columns: scaled FLOAT64, word STRING, more STRING
-- rows:
-- [0.5, "a", "ticket"]
