-- Two trees of one split, each of rows that are drawn: of every row the split gains 1/3 · 4² + 2/3 · 2² = 8 of squared errors; of classes,
-- whose curvature is 1/4 where a tree begins, (1 − 1/9) / (1/4) = 3.5556 of a row's cover. Leaves give the mean of their rows.
-- source: arithmetic; the gain of a split without penalties, G²/H on the left and on the right less that of both (Chen and Guestrin 2016)
-- covers: ML.FEATURE_IMPORTANCE, ML.PREDICT on random_forest_regressor, random_forest_classifier
-- tolerance: 1 %, for which rows are drawn is chance
CREATE OR REPLACE TABLE o.drawn AS SELECT IF(MOD(n, 3) = 0, 'high', 'low') AS word, MOD(n * 7, 11) AS noise, IF(MOD(n, 3) = 0, 6, 0) AS amount, IF(MOD(n, 3) = 0, 'yes', 'no') AS bought FROM UNNEST(GENERATE_ARRAY(1, 600)) AS n;
CREATE OR REPLACE MODEL o.stumps OPTIONS (model_type = 'random_forest_regressor', input_label_cols = ['amount'], num_parallel_tree = 2, subsample = 0.99, colsample_bynode = 1, l2_reg = 0, max_tree_depth = 1, data_split_method = 'NO_SPLIT') AS SELECT word, noise, amount FROM o.drawn;
CREATE OR REPLACE MODEL o.class_stumps OPTIONS (model_type = 'random_forest_classifier', input_label_cols = ['bought'], num_parallel_tree = 2, subsample = 0.99, colsample_bynode = 1, l2_reg = 0, max_tree_depth = 1, data_split_method = 'NO_SPLIT') AS SELECT word, noise, bought FROM o.drawn;
SELECT 'classes' AS of, feature, importance_weight, IF(importance_cover = 0, 0, importance_gain / importance_cover) AS gain, importance_cover,
  (SELECT predicted_bought_probs[OFFSET(0)].prob FROM ML.PREDICT(MODEL o.class_stumps, (SELECT 'high' AS word, 3 AS noise))) AS high FROM ML.FEATURE_IMPORTANCE(MODEL o.class_stumps)
UNION ALL SELECT 'numbers', feature, importance_weight, IF(importance_cover = 0, 0, importance_gain / importance_cover), importance_cover,
  (SELECT predicted_amount FROM ML.PREDICT(MODEL o.stumps, (SELECT 'high' AS word, 3 AS noise))) FROM ML.FEATURE_IMPORTANCE(MODEL o.stumps) ORDER BY of, feature;
-- columns: of STRING, feature STRING, importance_weight FLOAT64, gain FLOAT64, importance_cover FLOAT64, high FLOAT64
-- rows:
-- ["classes", "noise", 0, 0, 0, 1]
-- ["classes", "word", 2, 3.5556, 148.5, 1]
-- ["numbers", "noise", 0, 0, 0, 6]
-- ["numbers", "word", 2, 8, 594, 6]
