-- The overall attribution of a feature is the mean size of its attributions in the rows that judge.
-- source: BigQuery bigqueryml-syntax-global-explain.md; means computed in the query from ML.EXPLAIN_PREDICT
-- covers: ML.GLOBAL_EXPLAIN on neural; ML.EXPLAIN_PREDICT on neural
-- needs: torch
WITH overall AS (
  SELECT 'dc' AS model, * FROM ML.GLOBAL_EXPLAIN(MODEL bqml.deep_classifier) UNION ALL SELECT 'wc', * FROM ML.GLOBAL_EXPLAIN(MODEL bqml.wide_classifier)
  UNION ALL SELECT 'dr', * FROM ML.GLOBAL_EXPLAIN(MODEL bqml.deep_regressor) UNION ALL SELECT 'wr', * FROM ML.GLOBAL_EXPLAIN(MODEL bqml.wide_regressor)),
each_row AS (
  SELECT 'dc' AS model, top_feature_attributions AS t FROM ML.EXPLAIN_PREDICT(MODEL bqml.deep_classifier, (SELECT * FROM bqml.penguins WHERE sex IN ('FEMALE', 'MALE')), STRUCT(9 AS top_k_features))
  UNION ALL SELECT 'wc', top_feature_attributions FROM ML.EXPLAIN_PREDICT(MODEL bqml.wide_classifier, (SELECT * FROM bqml.penguins WHERE sex IN ('FEMALE', 'MALE')), STRUCT(9 AS top_k_features))
  UNION ALL SELECT 'dr', top_feature_attributions FROM ML.EXPLAIN_PREDICT(MODEL bqml.deep_regressor, (SELECT * FROM bqml.penguins WHERE body_mass_g IS NOT NULL), STRUCT(9 AS top_k_features))
  UNION ALL SELECT 'wr', top_feature_attributions FROM ML.EXPLAIN_PREDICT(MODEL bqml.wide_regressor, (SELECT * FROM bqml.penguins WHERE body_mass_g IS NOT NULL), STRUCT(9 AS top_k_features))),
means AS (SELECT model, a.feature, AVG(ABS(a.attribution)) AS mean FROM each_row, UNNEST(t) AS a GROUP BY model, a.feature)
SELECT model, COUNT(*) AS features, MAX(ABS(attribution / mean - 1)) < 1e-6 AS by_hand FROM overall JOIN means USING (model, feature) GROUP BY model ORDER BY model;
-- columns: model STRING, features INT64, by_hand BOOL
-- rows:
-- ["dc", 6, true]
-- ["dr", 6, true]
-- ["wc", 6, true]
-- ["wr", 6, true]
