-- The loadings of the first component; a word has those of its categories.
-- source: googleapis/python-bigquery-dataframes tests/system/small/ml/test_decomposition.py test_pca_components_, live service; recomputed to every digit
-- covers: ML.PRINCIPAL_COMPONENTS on pca; oracle PCA
SELECT principal_component_id, feature, ABS(numerical_value) AS loading, ARRAY_LENGTH(categorical_value) AS categories
FROM ML.PRINCIPAL_COMPONENTS(MODEL bqml.pca) WHERE principal_component_id = 0 ORDER BY feature;
-- columns: principal_component_id INT64, feature STRING, loading FLOAT64, categories INT64
-- rows:
-- [0, "body_mass_g", 0.501174, 0]
-- [0, "culmen_depth_mm", 0.377482, 0]
-- [0, "culmen_length_mm", 0.401489, 0]
-- [0, "flipper_length_mm", 0.524052, 0]
-- [0, "island", null, 3]
-- [0, "sex", null, 4]
-- [0, "species", null, 3]
