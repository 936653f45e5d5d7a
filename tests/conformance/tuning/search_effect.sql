-- The fourth trial of a range is where a Gaussian process hopes for most; at random it is another, and so it is when
-- four go at once, of which none knows how the others went. The first is the same each time.
-- source: BigQuery hp-tuning-overview.md (search algorithms, parallelism); bigqueryml-syntax-trial-info.md
-- covers: option max_parallel_trials, hparam_tuning_algorithm of linear, trees, kmeans, matrix_factorization
CREATE OR REPLACE TABLE tune.searches (model_type STRING, search STRING, trial_id INT64, point STRING);
FOR model IN (SELECT * FROM UNNEST([
    STRUCT('linear_reg' AS type, "input_label_cols = ['amount'], l2_reg = HPARAM_RANGE(0.1, 5)" AS options, 'a, b, amount' AS columns),
    ('logistic_reg', "input_label_cols = ['bought'], l2_reg = HPARAM_RANGE(0.1, 5)", 'a, b, bought'),
    ('boosted_tree_regressor', "input_label_cols = ['amount'], max_iterations = 1, subsample = HPARAM_RANGE(0.3, 0.9)", 'a, b, amount'),
    ('boosted_tree_classifier', "input_label_cols = ['bought'], max_iterations = 1, subsample = HPARAM_RANGE(0.3, 0.9)", 'a, b, bought'),
    ('random_forest_regressor', "input_label_cols = ['amount'], num_parallel_tree = 2, subsample = HPARAM_RANGE(0.3, 0.9)", 'a, b, amount'),
    ('random_forest_classifier', "input_label_cols = ['bought'], num_parallel_tree = 2, subsample = HPARAM_RANGE(0.3, 0.9)", 'a, b, bought'),
    ('kmeans', 'num_clusters = HPARAM_RANGE(2, 40)', 'a, b'),
    ('matrix_factorization', "user_col = 'user', item_col = 'item', rating_col = 'amount', num_factors = 2, l2_reg = HPARAM_RANGE(0.1, 5)", 'user, item, amount')])) DO
  FOR search IN (SELECT * FROM UNNEST([
      STRUCT('hoped' AS name, "hparam_tuning_algorithm = 'VIZIER_DEFAULT'" AS options),
      ('random', "hparam_tuning_algorithm = 'RANDOM_SEARCH'"), ('at once', 'max_parallel_trials = 4')])) DO
    EXECUTE IMMEDIATE FORMAT(
      'CREATE OR REPLACE MODEL tune.searched OPTIONS (model_type = "%s", num_trials = 4, %s, %s) AS SELECT %s FROM tune.few',
      model.type, model.options, search.options, model.columns);
    INSERT INTO tune.searches
    SELECT model.type, search.name, trial_id, TO_JSON_STRING(hyperparameters) FROM ML.TRIAL_INFO(MODEL tune.searched);
  END FOR;
END FOR;
SELECT model_type, COUNT(DISTINCT IF(trial_id = 1, point, NULL)) AS firsts,
  MAX(IF(trial_id = 4 AND search = 'random', point, NULL)) <> MAX(IF(trial_id = 4 AND search = 'hoped', point, NULL)) AS random,
  MAX(IF(trial_id = 4 AND search = 'at once', point, NULL)) <> MAX(IF(trial_id = 4 AND search = 'hoped', point, NULL)) AS at_once
FROM tune.searches GROUP BY model_type ORDER BY model_type;
-- columns: model_type STRING, firsts INT64, random BOOL, at_once BOOL
-- rows:
-- ["boosted_tree_classifier", 1, true, true]
-- ["boosted_tree_regressor", 1, true, true]
-- ["kmeans", 1, true, true]
-- ["linear_reg", 1, true, true]
-- ["logistic_reg", 1, true, true]
-- ["matrix_factorization", 1, true, true]
-- ["random_forest_classifier", 1, true, true]
-- ["random_forest_regressor", 1, true, true]
