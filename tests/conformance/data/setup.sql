-- Two tables of one shape with other values, and features of entities over time.
CREATE TABLE d.base AS SELECT n, MOD(n, 3) AS third, IF(MOD(n, 4) = 0, 'x', 'y') AS word FROM UNNEST(GENERATE_ARRAY(1, 400)) AS n;
CREATE TABLE d.study AS SELECT n + 300 AS n, MOD(n, 3) AS third, IF(MOD(n, 4) = 0, 'y', 'x') AS word FROM UNNEST(GENERATE_ARRAY(1, 400)) AS n;
CREATE TABLE d.features AS
SELECT * FROM UNNEST([
  STRUCT('id1' AS entity_id, 1.0 AS f1, 1.0 AS f2, TIMESTAMP '2022-06-10 12:00:00+00' AS feature_timestamp),
  ('id1', 20.0, 20.0, TIMESTAMP '2022-06-11 12:00:00+00'),
  ('id2', 2.0, NULL, TIMESTAMP '2022-06-11 12:00:00+00'),
  ('id1', 30.0, NULL, TIMESTAMP '2022-06-12 12:00:00+00')]);
CREATE TABLE d.moments AS
SELECT * FROM UNNEST([STRUCT('id1' AS entity_id, TIMESTAMP '2022-06-12 00:00:00+00' AS time), ('id2', TIMESTAMP '2022-06-12 00:00:00+00'), ('id1', TIMESTAMP '2022-06-13 00:00:00+00')]);

-- A model of each family that keeps the statistics of what it was trained on.
CREATE MODEL d.linear_reg OPTIONS (model_type = 'linear_reg', input_label_cols = ['n']) AS SELECT third, word, n FROM d.base;
CREATE MODEL d.logistic_reg OPTIONS (model_type = 'logistic_reg', input_label_cols = ['word']) AS SELECT third, n, word FROM d.base;
CREATE MODEL d.boosted_tree_regressor OPTIONS (model_type = 'boosted_tree_regressor', input_label_cols = ['n'], max_iterations = 2) AS SELECT third, word, n FROM d.base;
CREATE MODEL d.boosted_tree_classifier OPTIONS (model_type = 'boosted_tree_classifier', input_label_cols = ['word'], max_iterations = 2) AS SELECT third, n, word FROM d.base;
CREATE MODEL d.random_forest_regressor OPTIONS (model_type = 'random_forest_regressor', input_label_cols = ['n'], num_parallel_tree = 3) AS SELECT third, word, n FROM d.base;
CREATE MODEL d.random_forest_classifier OPTIONS (model_type = 'random_forest_classifier', input_label_cols = ['word'], num_parallel_tree = 3) AS SELECT third, n, word FROM d.base;
CREATE MODEL d.kmeans OPTIONS (model_type = 'kmeans', num_clusters = 2) AS SELECT third, word FROM d.base;
CREATE MODEL d.pca OPTIONS (model_type = 'pca', num_principal_components = 1) AS SELECT third, n FROM d.base;
