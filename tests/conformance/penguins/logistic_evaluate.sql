-- The sex of penguins, three classes, on its rows of training.
-- source: googleapis/python-bigquery-dataframes tests/system/small/ml/test_core.py (live service)
-- covers: ML.EVALUATE on logistic_reg; model logistic_reg
-- tolerance: 1e-6 the digits that are written
SELECT precision, recall, accuracy, f1_score FROM ML.EVALUATE(MODEL bqml.logistic);
-- columns: precision FLOAT64, recall FLOAT64, accuracy FLOAT64, f1_score FLOAT64
-- rows:
-- [0.616753, 0.618615, 0.92515, 0.617681]
