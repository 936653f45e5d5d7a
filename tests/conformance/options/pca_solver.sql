-- Both solvers find the same components of the same variance.
-- source: of two standardised columns with the correlation r the first component has the variance 1 + |r|
-- covers: option pca_solver of pca
-- differs: RANDOMIZED finds only the components that are asked for, and those to the last digits, where BigQuery approximates them.
CREATE OR REPLACE MODEL o.pca_whole OPTIONS (model_type = 'pca', num_principal_components = 1, pca_solver = 'FULL') AS SELECT a, amount FROM o.rows;
CREATE OR REPLACE MODEL o.pca_partial OPTIONS (model_type = 'pca', num_principal_components = 1, pca_solver = 'RANDOMIZED') AS SELECT a, amount FROM o.rows;
SELECT ABS(f.eigenvalue - (1 + (SELECT CORR(a, amount) FROM o.rows))) < 1e-9 AS full, ABS(p.eigenvalue - f.eigenvalue) < 1e-9 AS same_variance,
  (SELECT MAX(ABS(x.numerical_value - y.numerical_value)) FROM ML.PRINCIPAL_COMPONENTS(MODEL o.pca_whole) AS x
    JOIN ML.PRINCIPAL_COMPONENTS(MODEL o.pca_partial) AS y USING (feature)) < 1e-9 AS same_direction
FROM ML.PRINCIPAL_COMPONENT_INFO(MODEL o.pca_whole) AS f CROSS JOIN ML.PRINCIPAL_COMPONENT_INFO(MODEL o.pca_partial) AS p;
-- columns: full BOOL, same_variance BOOL, same_direction BOOL
-- rows:
-- [true, true, true]
