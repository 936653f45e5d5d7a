-- One split of one tree of two classes, known by hand: a third are 'yes', whose log odds are −0.6931; Newton's step of the rows
-- that are all 'yes' is (2/3) / (2/9) = 3, so that they have 1 / (1 + e^−2.3069) = 0.909443. The gain is 400 + 200, the cover 600 · 2/9.
-- source: arithmetic; the gain of a split without penalties, G²/H on the left and on the right less that of both (Chen and Guestrin 2016)
-- covers: ML.FEATURE_IMPORTANCE, ML.PREDICT on boosted_tree_classifier
-- tolerance: 1e-5
CREATE OR REPLACE TABLE o.class_steps AS SELECT IF(MOD(n, 3) = 0, 'high', 'low') AS word, MOD(n * 7, 11) AS noise, IF(MOD(n, 3) = 0, 'yes', 'no') AS bought FROM UNNEST(GENERATE_ARRAY(1, 600)) AS n;
CREATE OR REPLACE MODEL o.class_stump OPTIONS (model_type = 'boosted_tree_classifier', input_label_cols = ['bought'], max_iterations = 1, learn_rate = 1, l2_reg = 0, max_tree_depth = 1, data_split_method = 'NO_SPLIT') AS SELECT * FROM o.class_steps;
SELECT i.*, p.predicted_bought, p.predicted_bought_probs[OFFSET(0)].prob AS p FROM ML.FEATURE_IMPORTANCE(MODEL o.class_stump) AS i CROSS JOIN ML.PREDICT(MODEL o.class_stump, (SELECT 'high' AS word, 3 AS noise)) AS p ORDER BY feature;
-- columns: feature STRING, importance_weight FLOAT64, importance_gain FLOAT64, importance_cover FLOAT64, predicted_bought STRING, p FLOAT64
-- rows:
-- ["noise", 0, 0, 0, "yes", 0.909443]
-- ["word", 1, 600, 133.3333, "yes", 0.909443]
