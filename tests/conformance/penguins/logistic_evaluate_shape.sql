-- The metrics of a model of this task, from its training rows where none were held out.
-- source: BigQuery bigqueryml-syntax-evaluate.md
-- covers: ML.EVALUATE on logistic_reg; resolution averages
SELECT * FROM ML.EVALUATE(MODEL bqml.logistic);
-- columns: precision FLOAT64, recall FLOAT64, accuracy FLOAT64, f1_score FLOAT64, log_loss FLOAT64, roc_auc FLOAT64
-- rows: 1
