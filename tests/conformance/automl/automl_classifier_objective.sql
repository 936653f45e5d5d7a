-- An objective decides what candidates are compared by: the round of one tells its logarithmic loss, which is nearly what ML.EVALUATE
-- gives, whose rows chose no calibration; without an objective it tells its area under the ROC curve.
-- source: BigQuery bigqueryml-syntax-create-automl.md
-- covers: option optimization_objective of automl_classifier
CREATE OR REPLACE MODEL o.automl_classifier_aim OPTIONS (model_type = 'automl_classifier', max_candidates = 1, input_label_cols = ['bought'], optimization_objective = 'MINIMIZE_LOG_LOSS') AS SELECT a, b, word, bought FROM o.rows;
SELECT ABS(aim.loss / e.log_loss - 1) < 0.02 AS aimed, ABS(usual.loss / e.log_loss - 1) < 0.02 AS by_itself
FROM ML.TRAINING_INFO(MODEL o.automl_classifier_aim) AS aim CROSS JOIN ML.TRAINING_INFO(MODEL o.automl_classifier) AS usual CROSS JOIN ML.EVALUATE(MODEL o.automl_classifier_aim) AS e;
-- columns: aimed BOOL, by_itself BOOL
-- rows:
-- [true, false]
