-- The metric that is asked for chooses among the trials, on the rows of data_split_eval_fraction; those of
-- data_split_test_fraction judge them, and without it the same rows do both.
-- source: BigQuery hp-tuning-overview.md (data split); bigqueryml-syntax-trial-info.md
-- covers: option hparam_tuning_objectives, data_split_test_fraction of linear, trees
CREATE OR REPLACE TABLE tune.objectives (model_type STRING, test FLOAT64, chose FLOAT64, judged FLOAT64);
FOR model IN (SELECT * FROM UNNEST([
    STRUCT('linear_reg' AS type, 'mean_absolute_error' AS metric, 'amount' AS label, 'input_label_cols = ["amount"], l2_reg = HPARAM_RANGE(0.1, 5)' AS options),
    ('logistic_reg', 'log_loss', 'bought', 'input_label_cols = ["bought"], l2_reg = HPARAM_RANGE(0.1, 5)'),
    ('boosted_tree_regressor', 'mean_absolute_error', 'amount', 'input_label_cols = ["amount"], max_iterations = 1, subsample = HPARAM_RANGE(0.3, 0.9)'),
    ('boosted_tree_classifier', 'log_loss', 'bought', 'input_label_cols = ["bought"], max_iterations = 1, subsample = HPARAM_RANGE(0.3, 0.9)'),
    ('random_forest_regressor', 'mean_absolute_error', 'amount', 'input_label_cols = ["amount"], num_parallel_tree = 2, subsample = HPARAM_RANGE(0.3, 0.9)'),
    ('random_forest_classifier', 'log_loss', 'bought', 'input_label_cols = ["bought"], num_parallel_tree = 2, subsample = HPARAM_RANGE(0.3, 0.9)')])) DO
  FOR split IN (SELECT * FROM UNNEST([STRUCT(0.0 AS test, '' AS options), (0.3, 'data_split_test_fraction = 0.3, ')])) DO
    EXECUTE IMMEDIATE FORMAT('''
      CREATE OR REPLACE MODEL tune.judged OPTIONS (model_type = "%s", num_trials = 1, data_split_method = "RANDOM", data_split_eval_fraction = 0.2, %s
        hparam_tuning_objectives = ["%s"], %s) AS SELECT a, b, %s FROM tune.few''',
      model.type, split.options, model.metric, model.options, model.label);
    EXECUTE IMMEDIATE FORMAT('''
      INSERT INTO tune.objectives SELECT '%s', %t, t.hparam_tuning_evaluation_metrics.%s, e.%s
      FROM ML.TRIAL_INFO(MODEL tune.judged) AS t JOIN ML.EVALUATE(MODEL tune.judged) AS e ON e.trial_id = t.trial_id''',
      model.type, split.test, model.metric, model.metric);
  END FOR;
END FOR;
SELECT model_type, LOGICAL_AND(IF(test = 0, chose = judged, chose <> judged)) AS split FROM tune.objectives GROUP BY model_type ORDER BY model_type;
-- columns: model_type STRING, split BOOL
-- rows:
-- ["boosted_tree_classifier", true]
-- ["boosted_tree_regressor", true]
-- ["linear_reg", true]
-- ["logistic_reg", true]
-- ["random_forest_classifier", true]
-- ["random_forest_regressor", true]
