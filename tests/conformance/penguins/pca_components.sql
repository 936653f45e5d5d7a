-- The published eigenvalues and shares of the variance; components are counted from 0.
-- source: googleapis/python-bigquery-dataframes tests/system/small/ml/test_decomposition.py, live service; recomputed to every digit
-- covers: ML.PRINCIPAL_COMPONENT_INFO on pca; model pca; oracle PCA; option num_principal_components of pca; resolution principal_component_id
SELECT * FROM ML.PRINCIPAL_COMPONENT_INFO(MODEL bqml.pca) ORDER BY principal_component_id;
-- columns: principal_component_id INT64, eigenvalue FLOAT64, explained_variance_ratio FLOAT64, cumulative_explained_variance_ratio FLOAT64
-- rows:
-- [0, 3.278657, 0.469357, 0.469357]
-- [1, 1.270829, 0.181926, 0.651283]
-- [2, 1.125354, 0.161100, 0.812383]
