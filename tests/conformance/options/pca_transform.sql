-- What TRANSFORM makes, then what it did not read.
-- source: BigQuery bigqueryml-syntax-transform.md; the greatest of MOD(37 n, 101) is 100, so that 50 becomes 50 / 100
-- covers: ML.TRANSFORM on pca; statement S5
CREATE OR REPLACE MODEL o.pca_shaped TRANSFORM (ML.MAX_ABS_SCALER(a) OVER () AS scaled, word) OPTIONS (model_type = 'pca', num_principal_components = 1) AS SELECT a, word FROM o.rows;
SELECT * FROM ML.TRANSFORM(MODEL o.pca_shaped, (SELECT 50 AS a, 'a' AS word, 'ticket' AS more));
-- columns: scaled FLOAT64, word STRING, more STRING
-- rows:
-- [0.5, "a", "ticket"]
