-- One split of one tree, known by hand: of 600 rows 200 are 6 and 400 are 0, and only `word` tells which. Each leaf gives the
-- mean of its rows, and nothing else is split on: the gain is 200 · 4² + 400 · 2² = 4800.
-- source: arithmetic; the gain of a split of squared errors without penalties, G²/H on the left and on the right less that of both (Chen and Guestrin 2016)
-- covers: ML.FEATURE_IMPORTANCE, ML.PREDICT on boosted_tree_regressor
-- tolerance: 1e-6
CREATE OR REPLACE TABLE o.steps AS SELECT IF(MOD(n, 3) = 0, 'high', 'low') AS word, MOD(n * 7, 11) AS noise, IF(MOD(n, 3) = 0, 6, 0) AS amount FROM UNNEST(GENERATE_ARRAY(1, 600)) AS n;
CREATE OR REPLACE MODEL o.stump OPTIONS (model_type = 'boosted_tree_regressor', input_label_cols = ['amount'], max_iterations = 1, learn_rate = 1, l2_reg = 0, max_tree_depth = 1, data_split_method = 'NO_SPLIT') AS SELECT * FROM o.steps;
SELECT i.*, (SELECT predicted_amount FROM ML.PREDICT(MODEL o.stump, (SELECT 'high' AS word, 3 AS noise))) AS high, (SELECT predicted_amount FROM ML.PREDICT(MODEL o.stump, (SELECT 'low' AS word, 3 AS noise))) AS low
FROM ML.FEATURE_IMPORTANCE(MODEL o.stump) AS i ORDER BY feature;
-- columns: feature STRING, importance_weight FLOAT64, importance_gain FLOAT64, importance_cover FLOAT64, high FLOAT64, low FLOAT64
-- rows:
-- ["noise", 0, 0, 0, 6, 0]
-- ["word", 1, 4800, 600, 6, 0]
