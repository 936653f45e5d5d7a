-- The overall attribution of a feature is the mean size of its attributions in the rows that judge.
-- source: BigQuery bigqueryml-syntax-global-explain.md; means computed in the query from ML.EXPLAIN_PREDICT
-- covers: ML.GLOBAL_EXPLAIN on logistic_reg; ML.EXPLAIN_PREDICT on logistic_reg; option enable_global_explain of logistic_reg
CREATE OR REPLACE MODEL o.logistic_reg_explained OPTIONS (model_type = 'logistic_reg', input_label_cols = ['bought'], l2_reg = 0.1, data_split_method = 'NO_SPLIT', enable_global_explain = TRUE) AS SELECT a, b, word, bought FROM o.rows;
SELECT COUNT(*) AS features, MAX(ABS(attribution / mean - 1)) < 1e-6 AS by_hand, MAX_BY(feature, attribution) AS first FROM ML.GLOBAL_EXPLAIN(MODEL o.logistic_reg_explained)
JOIN (SELECT a.feature, AVG(ABS(a.attribution)) AS mean FROM ML.EXPLAIN_PREDICT(MODEL o.logistic_reg_explained, TABLE o.rows, STRUCT(3 AS top_k_features)), UNNEST(top_feature_attributions) AS a GROUP BY a.feature) USING (feature);
-- columns: features INT64, by_hand BOOL, first STRING
-- rows:
-- [3, true, "a"]
