-- The fourth trial of a range is where a Gaussian process hopes for most; at random it is another, and so it is when
-- four go at once, of which none knows how the others went. The first is the same each time.
-- source: BigQuery hp-tuning-overview.md (search algorithms, parallelism); bigqueryml-syntax-trial-info.md
-- covers: option max_parallel_trials, hparam_tuning_algorithm of neural, autoencoder
-- needs: torch
CREATE OR REPLACE TABLE tune.network_searches (model_type STRING, search STRING, trial_id INT64, point STRING);
FOR model IN (SELECT * FROM UNNEST([
    STRUCT('dnn_classifier' AS type, "input_label_cols = ['bought'], hidden_units = [1], max_iterations = 1, batch_size = 80, dropout = HPARAM_RANGE(0, 0.5)" AS options, 'a, b, bought' AS columns),
    ('dnn_regressor', "input_label_cols = ['amount'], hidden_units = [1], max_iterations = 1, batch_size = 80, dropout = HPARAM_RANGE(0, 0.5)", 'a, b, amount'),
    ('dnn_linear_combined_classifier', "input_label_cols = ['bought'], hidden_units = [1], max_iterations = 1, batch_size = 80, dropout = HPARAM_RANGE(0, 0.5)", 'a, b, bought'),
    ('dnn_linear_combined_regressor', "input_label_cols = ['amount'], hidden_units = [1], max_iterations = 1, batch_size = 80, dropout = HPARAM_RANGE(0, 0.5)", 'a, b, amount'),
    ('autoencoder', 'hidden_units = [2, 1, 2], max_iterations = 1, batch_size = 80, dropout = HPARAM_RANGE(0, 0.5)', 'a, b')])) DO
  FOR search IN (SELECT * FROM UNNEST([
      STRUCT('hoped' AS name, "hparam_tuning_algorithm = 'VIZIER_DEFAULT'" AS options),
      ('random', "hparam_tuning_algorithm = 'RANDOM_SEARCH'"), ('at once', 'max_parallel_trials = 4')])) DO
    EXECUTE IMMEDIATE FORMAT(
      'CREATE OR REPLACE MODEL tune.network_searched OPTIONS (model_type = "%s", num_trials = 4, %s, %s) AS SELECT %s FROM tune.few',
      model.type, model.options, search.options, model.columns);
    INSERT INTO tune.network_searches
    SELECT model.type, search.name, trial_id, TO_JSON_STRING(hyperparameters) FROM ML.TRIAL_INFO(MODEL tune.network_searched);
  END FOR;
END FOR;
SELECT model_type, COUNT(DISTINCT IF(trial_id = 1, point, NULL)) AS firsts,
  MAX(IF(trial_id = 4 AND search = 'random', point, NULL)) <> MAX(IF(trial_id = 4 AND search = 'hoped', point, NULL)) AS random,
  MAX(IF(trial_id = 4 AND search = 'at once', point, NULL)) <> MAX(IF(trial_id = 4 AND search = 'hoped', point, NULL)) AS at_once
FROM tune.network_searches GROUP BY model_type ORDER BY model_type;
-- columns: model_type STRING, firsts INT64, random BOOL, at_once BOOL
-- rows:
-- ["autoencoder", 1, true, true]
-- ["dnn_classifier", 1, true, true]
-- ["dnn_linear_combined_classifier", 1, true, true]
-- ["dnn_linear_combined_regressor", 1, true, true]
-- ["dnn_regressor", 1, true, true]
