-- The published metrics on the rows without a NULL, but for log_loss.
-- source: googleapis/python-bigquery-dataframes tests/system/small/ml/test_linear_model.py test_logistic_model_score, live service
-- covers: oracle LOGISTIC_REG
-- tolerance: 1 % as the service's optimiser stops elsewhere
-- differs: log_loss is the mean negative log probability of the true class (0.2 here); the service publishes 1.5 at the same accuracy, by a definition that it does not tell.
SELECT precision, recall, accuracy, f1_score, roc_auc FROM ML.EVALUATE(MODEL bqml.logistic,
  (SELECT * FROM bqml.penguins WHERE body_mass_g IS NOT NULL AND sex IS NOT NULL));
-- columns: precision FLOAT64, recall FLOAT64, accuracy FLOAT64, f1_score FLOAT64, roc_auc FLOAT64
-- rows: 
-- [0.616753, 0.618615, 0.92515, 0.617681, 0.975807]
