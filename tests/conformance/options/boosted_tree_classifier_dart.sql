-- Every option that is given is taken, and the model answers.
-- source: BigQuery's page of the model type, section 2 of the reference
-- differs: FOREST is refused: LightGBM, which grows the trees, weighs a round of DART as TREE does.
-- accepts: option dart_normalize_type of boosted_tree_classifier
CREATE OR REPLACE MODEL o.boosted_tree_classifier_dart OPTIONS (model_type = 'boosted_tree_classifier', input_label_cols = ['bought'], booster_type = 'DART', dart_normalize_type = 'TREE', dropout = 0.2, max_iterations = 5, category_encoding_method = 'TARGET_ENCODING') AS SELECT a, b, word, bought FROM o.rows;
SELECT COUNT(*) AS n FROM ML.PREDICT(MODEL o.boosted_tree_classifier_dart, TABLE o.rows);
-- columns: n INT64
-- rows: 
-- [600]
