-- The published accuracy of a boosted tree in its own rows, of three classes two of them found whole, and a log_loss below the published .331442.
-- source: googleapis/python-bigquery-dataframes tests/system/small/ml/test_ensemble.py, live service
-- covers: oracle BOOSTED_TREE_CLASSIFIER
-- tolerance: 1 % as XGBoost and LightGBM grow trees of another shape; the one row of the class '.' is not found
-- differs: The class of a single row is not learned, so that the means over the classes stay at two thirds; the service learns it by heart.
SELECT accuracy, precision, recall, log_loss < 0.331442 AS log_loss FROM ML.EVALUATE(MODEL bqml.boosted_classifier);
-- columns: accuracy FLOAT64, precision FLOAT64, recall FLOAT64, log_loss BOOL
-- rows: 
-- [1.0, 0.66667, 0.66667, true]
