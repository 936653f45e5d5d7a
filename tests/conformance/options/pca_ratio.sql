-- Every option that is given is taken, and the model answers.
-- source: BigQuery's page of the model type, section 2 of the reference
-- accepts: option pca_explained_variance_ratio, pca_solver of pca
CREATE OR REPLACE MODEL o.pca_ratio OPTIONS (model_type = 'pca', pca_explained_variance_ratio = 0.8, pca_solver = 'FULL') AS SELECT a, b, word FROM o.rows;
SELECT COUNT(*) AS n FROM ML.PREDICT(MODEL o.pca_ratio, TABLE o.rows);
-- columns: n INT64
-- rows: 
-- [600]
