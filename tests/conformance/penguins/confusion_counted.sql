-- The cells of the confusion matrix are counts of the predictions.
-- source: counted in the query from ML.PREDICT
-- covers: ML.CONFUSION_MATRIX on logistic_reg, boosted_tree_classifier, random_forest_classifier; ML.PREDICT on boosted_tree_classifier, random_forest_classifier
WITH cells AS (
  SELECT 'logistic' AS model, * FROM ML.CONFUSION_MATRIX(MODEL bqml.logistic)
  UNION ALL SELECT 'boosted', * FROM ML.CONFUSION_MATRIX(MODEL bqml.boosted_classifier)
  UNION ALL SELECT 'forest', * FROM ML.CONFUSION_MATRIX(MODEL bqml.forest_classifier)),
told AS (
  SELECT 'logistic' AS model, sex, predicted_sex AS given FROM ML.PREDICT(MODEL bqml.logistic, (SELECT * FROM bqml.penguins WHERE sex IS NOT NULL))
  UNION ALL SELECT 'boosted', sex, predicted_sex FROM ML.PREDICT(MODEL bqml.boosted_classifier, (SELECT * FROM bqml.penguins WHERE sex IS NOT NULL))
  UNION ALL SELECT 'forest', sex, predicted_sex FROM ML.PREDICT(MODEL bqml.forest_classifier, (SELECT * FROM bqml.penguins WHERE sex IS NOT NULL))),
counts AS (
  SELECT model, sex AS expected_label, COUNTIF(given = '.') AS neither, COUNTIF(given = 'FEMALE') AS females, COUNTIF(given = 'MALE') AS males FROM told GROUP BY model, sex)
SELECT model, COUNT(*) AS labels, LOGICAL_AND(_ = neither AND FEMALE = females AND MALE = males) AS counted, SUM(_ + FEMALE + MALE) AS penguins,
  SUM(IF(expected_label = 'FEMALE', FEMALE, 0) + IF(expected_label = 'MALE', MALE, 0)) > 300 AS mostly_right
FROM cells JOIN counts USING (model, expected_label) GROUP BY model ORDER BY model;
-- columns: model STRING, labels INT64, counted BOOL, penguins INT64, mostly_right BOOL
-- rows:
-- ["boosted", 3, true, 334, true]
-- ["forest", 3, true, 334, true]
-- ["logistic", 3, true, 334, true]
