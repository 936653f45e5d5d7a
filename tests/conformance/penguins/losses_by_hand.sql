-- The loss of the last round is what the finished model loses on the rows that trained it, and rounds make it smaller.
-- source: ML.EVALUATE on the same rows: squared errors of numbers, log loss of classes, squared distances to centroids, the share of variance that components leave out
-- covers: ML.TRAINING_INFO on linear_reg, logistic_reg, trees, kmeans, pca; ML.EVALUATE on boosted_tree_regressor, random_forest_regressor
-- tolerance: 1e-9
WITH rounds AS (
  SELECT 'linear' AS model, iteration, loss FROM ML.TRAINING_INFO(MODEL bqml.linear)
  UNION ALL SELECT 'logistic', iteration, loss FROM ML.TRAINING_INFO(MODEL bqml.logistic)
  UNION ALL SELECT 'boosted', iteration, loss FROM ML.TRAINING_INFO(MODEL bqml.boosted_classifier)
  UNION ALL SELECT 'boosted regressor', iteration, loss FROM ML.TRAINING_INFO(MODEL bqml.boosted_regressor)
  UNION ALL SELECT 'forest', iteration, loss FROM ML.TRAINING_INFO(MODEL bqml.forest_classifier)
  UNION ALL SELECT 'forest regressor', iteration, loss FROM ML.TRAINING_INFO(MODEL bqml.forest_regressor)
  UNION ALL SELECT 'kmeans', iteration, loss FROM ML.TRAINING_INFO(MODEL bqml.kmeans)
  UNION ALL SELECT 'pca', iteration, loss FROM ML.TRAINING_INFO(MODEL bqml.pca)),
judged AS (
  SELECT 'linear' AS model, mean_squared_error AS lost FROM ML.EVALUATE(MODEL bqml.linear)
  UNION ALL SELECT 'logistic', log_loss FROM ML.EVALUATE(MODEL bqml.logistic)
  UNION ALL SELECT 'boosted', log_loss FROM ML.EVALUATE(MODEL bqml.boosted_classifier)
  UNION ALL SELECT 'boosted regressor', mean_squared_error FROM ML.EVALUATE(MODEL bqml.boosted_regressor)
  UNION ALL SELECT 'forest', log_loss FROM ML.EVALUATE(MODEL bqml.forest_classifier)
  UNION ALL SELECT 'forest regressor', mean_squared_error FROM ML.EVALUATE(MODEL bqml.forest_regressor)
  UNION ALL SELECT 'kmeans', mean_squared_distance FROM ML.EVALUATE(MODEL bqml.kmeans)
  UNION ALL SELECT 'pca', 1 - total_explained_variance_ratio FROM ML.EVALUATE(MODEL bqml.pca))
SELECT model, COUNT(*) AS rounds, MIN_BY(loss, iteration) > MAX_BY(loss, iteration) AS falls, MAX_BY(loss, iteration) / ANY_VALUE(lost) AS last
FROM rounds JOIN judged USING (model) GROUP BY model ORDER BY model;
-- columns: model STRING, rounds INT64, falls BOOL, last FLOAT64
-- rows:
-- ["boosted", 20, true, 1]
-- ["boosted regressor", 20, true, 1]
-- ["forest", 1, false, 1]
-- ["forest regressor", 1, false, 1]
-- ["kmeans", "*", true, 1]
-- ["linear", 1, false, 1]
-- ["logistic", "*", true, 1]
-- ["pca", 1, false, 1]
