-- The rounds end in a loss; features that decide weigh more than those that say nothing, by name.
-- source: arithmetic of the table: `amount` is `a` and at most 13 more that `word` tells most of; `bought` follows `a`
-- covers: ML.GLOBAL_EXPLAIN, ML.TRAINING_INFO on automl
SELECT (SELECT STRING_AGG(feature ORDER BY attribution DESC) FROM ML.GLOBAL_EXPLAIN(MODEL o.automl_regressor)) AS amount,
  (SELECT MAX_BY(feature, attribution) FROM ML.GLOBAL_EXPLAIN(MODEL o.automl_classifier)) AS bought,
  (SELECT MIN_BY(loss, iteration) >= MAX_BY(loss, iteration) AND MIN(loss) > 0 FROM ML.TRAINING_INFO(MODEL o.automl_regressor)) AS falls,
  (SELECT MIN_BY(loss, iteration) >= MAX_BY(loss, iteration) AND MIN(loss) > 0 FROM ML.TRAINING_INFO(MODEL o.automl_classifier)) AS falls_too;
-- columns: amount STRING, bought STRING, falls BOOL, falls_too BOOL
-- rows:
-- ["a,word,b", "a", true, true]
