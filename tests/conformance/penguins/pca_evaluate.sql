-- The published share of the variance that three components have.
-- source: googleapis/python-bigquery-dataframes tests/system/small/ml/test_decomposition.py test_pca_score, live service; recomputed to every digit
-- covers: ML.EVALUATE on pca; oracle PCA
SELECT * FROM ML.EVALUATE(MODEL bqml.pca);
-- columns: total_explained_variance_ratio FLOAT64
-- rows:
-- [0.812383]
