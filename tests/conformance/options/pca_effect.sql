-- As many components as are asked for, or as hold the share of the variance; unscaled, the widest columns hold most of it.
-- source: BigQuery's page of the model type, section 2 of the reference
-- covers: option num_principal_components, pca_explained_variance_ratio, scale_features of pca
CREATE OR REPLACE MODEL o.pca_two OPTIONS (model_type = 'pca', num_principal_components = 2) AS SELECT a, b, amount, weight FROM o.rows;
CREATE OR REPLACE MODEL o.pca_three OPTIONS (model_type = 'pca', num_principal_components = 3) AS SELECT a, b, amount, weight FROM o.rows;
CREATE OR REPLACE MODEL o.pca_half OPTIONS (model_type = 'pca', pca_explained_variance_ratio = 0.45) AS SELECT a, b, amount, weight FROM o.rows;
CREATE OR REPLACE MODEL o.pca_most OPTIONS (model_type = 'pca', pca_explained_variance_ratio = 0.98) AS SELECT a, b, amount, weight FROM o.rows;
CREATE OR REPLACE MODEL o.pca_unscaled OPTIONS (model_type = 'pca', num_principal_components = 2, scale_features = FALSE) AS SELECT a, b, amount, weight FROM o.rows;
SELECT (SELECT COUNT(*) FROM ML.PRINCIPAL_COMPONENT_INFO(MODEL o.pca_two)) AS two, (SELECT COUNT(*) FROM ML.PRINCIPAL_COMPONENT_INFO(MODEL o.pca_three)) AS three, (SELECT COUNT(*) FROM ML.PRINCIPAL_COMPONENT_INFO(MODEL o.pca_half)) < (SELECT COUNT(*) FROM ML.PRINCIPAL_COMPONENT_INFO(MODEL o.pca_most)) AS fewer, (SELECT SUM(explained_variance_ratio) FROM ML.PRINCIPAL_COMPONENT_INFO(MODEL o.pca_half)) >= 0.45 AS half, (SELECT SUM(explained_variance_ratio) FROM ML.PRINCIPAL_COMPONENT_INFO(MODEL o.pca_most)) >= 0.98 AS most, (SELECT SUM(explained_variance_ratio) FROM ML.PRINCIPAL_COMPONENT_INFO(MODEL o.pca_unscaled)) > (SELECT SUM(explained_variance_ratio) FROM ML.PRINCIPAL_COMPONENT_INFO(MODEL o.pca_two)) + 0.05 AS unscaled;
-- columns: two INT64, three INT64, fewer BOOL, half BOOL, most BOOL, unscaled BOOL
-- rows:
-- [2, 3, true, true, true, true]
