-- The overall attribution of a feature is the mean size of its attributions in the rows: of Shapley values, or with
-- approx_global_feature_contrib of the cheaper sums along the paths, which are others.
-- source: BigQuery bigqueryml-syntax-create-boosted-tree.md (APPROX_GLOBAL_FEATURE_CONTRIB); bigqueryml-syntax-global-explain.md
-- covers: option approx_global_feature_contrib, enable_global_explain of trees; ML.GLOBAL_EXPLAIN on trees
CREATE OR REPLACE TABLE o.contributions (model_type STRING, approximate BOOL, feature STRING, overall FLOAT64, exact FLOAT64, paths FLOAT64);
FOR model IN (SELECT * FROM UNNEST([
    STRUCT('boosted_tree_regressor' AS type, 'amount' AS label, 'max_iterations = 3' AS options), ('boosted_tree_classifier', 'bought', 'max_iterations = 3'),
    ('random_forest_regressor', 'amount', 'num_parallel_tree = 3'), ('random_forest_classifier', 'bought', 'num_parallel_tree = 3')])) DO
  FOR approximate IN (SELECT * FROM UNNEST(['TRUE', 'FALSE']) AS value) DO
    EXECUTE IMMEDIATE FORMAT("""
      CREATE OR REPLACE MODEL o.contributing OPTIONS (model_type = '%s', input_label_cols = ['%s'], %s, data_split_method = 'NO_SPLIT', enable_global_explain = TRUE,
        approx_global_feature_contrib = %s) AS SELECT a, b, word, %s FROM o.rows""",
      model.type, model.label, model.options, approximate.value, model.label);
    INSERT INTO o.contributions
    SELECT model.type, approximate.value = 'TRUE', feature, overall.attribution, exact.attribution, paths.attribution
    FROM (SELECT feature, attribution FROM ML.GLOBAL_EXPLAIN(MODEL o.contributing)) AS overall
    JOIN (SELECT a.feature, AVG(ABS(a.attribution)) AS attribution
      FROM ML.EXPLAIN_PREDICT(MODEL o.contributing, TABLE o.rows, STRUCT(3 AS top_k_features)), UNNEST(top_feature_attributions) AS a GROUP BY a.feature) AS exact USING (feature)
    JOIN (SELECT a.feature, AVG(ABS(a.attribution)) AS attribution
      FROM ML.EXPLAIN_PREDICT(MODEL o.contributing, TABLE o.rows, STRUCT(3 AS top_k_features, TRUE AS approx_feature_contrib)), UNNEST(top_feature_attributions) AS a
      GROUP BY a.feature) AS paths USING (feature);
  END FOR;
END FOR;
SELECT model_type, COUNT(*) AS features, LOGICAL_AND(ABS(overall - IF(approximate, paths, exact)) < 1e-9) AS as_asked, LOGICAL_OR(ABS(paths - exact) > 0.0001) AS others
FROM o.contributions GROUP BY model_type ORDER BY model_type;
-- columns: model_type STRING, features INT64, as_asked BOOL, others BOOL
-- rows:
-- ["boosted_tree_classifier", 6, true, true]
-- ["boosted_tree_regressor", 6, true, true]
-- ["random_forest_classifier", 6, true, true]
-- ["random_forest_regressor", 6, true, true]
