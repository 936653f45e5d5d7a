-- DART drops rounds of one tree: several trees a round are refused beside it, by name.
-- source: BigQuery's page of the model type, section 2 of the reference
-- covers: option num_parallel_tree of boosted
-- differs: Beside booster_type = 'DART' it stays 1: LightGBM, which grows the trees, drops single trees and not the trees of a round together.
CREATE OR REPLACE MODEL o.boost_many_dart OPTIONS (model_type = 'boosted_tree_regressor', input_label_cols = ['amount'], booster_type = 'DART', num_parallel_tree = 2) AS SELECT a, b, word, amount FROM o.rows;
-- error: DART drops whole rounds of one tree each
