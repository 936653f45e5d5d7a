-- The published scores of three rows; the sign of a component is arbitrary. Inputs of the model do not follow.
-- source: googleapis/python-bigquery-dataframes tests/system/small/ml/test_decomposition.py test_pca_predict, live service; recomputed to every digit
-- covers: ML.PREDICT on pca; oracle PCA; resolution principal_component_type
SELECT * REPLACE (ABS(principal_component_2) AS principal_component_2,
  ABS(principal_component_3) AS principal_component_3) FROM ML.PREDICT(MODEL bqml.pca, TABLE bqml.new_penguins) ORDER BY tag_number;
-- columns: principal_component_1 FLOAT64, principal_component_2 FLOAT64, principal_component_3 FLOAT64, tag_number INT64
-- rows:
-- [-1.314041, 0.889106, 0.704345, 1633]
-- [-0.855813, 1.259753, 0.322555, 1672]
-- [-1.848786, 0.983304, 0.095759, 1690]
