-- The metrics of the task.
-- source: BigQuery bigqueryml-syntax-evaluate.md
-- covers: ML.EVALUATE on automl_classifier
SELECT * FROM ML.EVALUATE(MODEL o.automl_classifier);
-- columns: precision FLOAT64, recall FLOAT64, accuracy FLOAT64, f1_score FLOAT64, log_loss FLOAT64, roc_auc FLOAT64
-- rows: 1
