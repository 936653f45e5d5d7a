-- The metric that is asked for chooses among the trials, on the rows of data_split_eval_fraction; those of
-- data_split_test_fraction judge them, and without it the same rows do both.
-- source: BigQuery hp-tuning-overview.md (data split); bigqueryml-syntax-trial-info.md
-- covers: option hparam_tuning_objectives, data_split_test_fraction of neural
-- needs: torch
CREATE OR REPLACE TABLE tune.network_objectives (model_type STRING, test FLOAT64, chose FLOAT64, judged FLOAT64);
FOR model IN (SELECT * FROM UNNEST([
    STRUCT('dnn_classifier' AS type, 'log_loss' AS metric, 'bought' AS label, 'input_label_cols = ["bought"], hidden_units = [1], max_iterations = 1, batch_size = 80, dropout = HPARAM_RANGE(0, 0.5)' AS options),
    ('dnn_regressor', 'mean_absolute_error', 'amount', 'input_label_cols = ["amount"], hidden_units = [1], max_iterations = 1, batch_size = 80, dropout = HPARAM_RANGE(0, 0.5)'),
    ('dnn_linear_combined_classifier', 'log_loss', 'bought', 'input_label_cols = ["bought"], hidden_units = [1], max_iterations = 1, batch_size = 80, dropout = HPARAM_RANGE(0, 0.5)'),
    ('dnn_linear_combined_regressor', 'mean_absolute_error', 'amount', 'input_label_cols = ["amount"], hidden_units = [1], max_iterations = 1, batch_size = 80, dropout = HPARAM_RANGE(0, 0.5)')])) DO
  FOR split IN (SELECT * FROM UNNEST([STRUCT(0.0 AS test, '' AS options), (0.3, 'data_split_test_fraction = 0.3, ')])) DO
    EXECUTE IMMEDIATE FORMAT('''
      CREATE OR REPLACE MODEL tune.network_judged OPTIONS (model_type = "%s", num_trials = 1, data_split_method = "RANDOM", data_split_eval_fraction = 0.2, %s
        hparam_tuning_objectives = ["%s"], %s) AS SELECT a, b, %s FROM tune.few''',
      model.type, split.options, model.metric, model.options, model.label);
    EXECUTE IMMEDIATE FORMAT('''
      INSERT INTO tune.network_objectives SELECT '%s', %t, t.hparam_tuning_evaluation_metrics.%s, e.%s
      FROM ML.TRIAL_INFO(MODEL tune.network_judged) AS t JOIN ML.EVALUATE(MODEL tune.network_judged) AS e ON e.trial_id = t.trial_id''',
      model.type, split.test, model.metric, model.metric);
  END FOR;
END FOR;
SELECT model_type, LOGICAL_AND(IF(test = 0, chose = judged, chose <> judged)) AS split FROM tune.network_objectives GROUP BY model_type ORDER BY model_type;
-- columns: model_type STRING, split BOOL
-- rows:
-- ["dnn_classifier", true]
-- ["dnn_linear_combined_classifier", true]
-- ["dnn_linear_combined_regressor", true]
-- ["dnn_regressor", true]
