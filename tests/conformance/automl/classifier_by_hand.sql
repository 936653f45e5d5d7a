-- Metrics, the confusion matrix and the ROC curve of given rows are arithmetic of their predictions; 'yes' is the class that is asked about.
-- source: the formulas of scikit-learn's metrics, computed in the query from ML.PREDICT
-- covers: model automl_classifier; ML.PREDICT, ML.EVALUATE, ML.CONFUSION_MATRIX, ML.ROC_CURVE on automl_classifier
-- tolerance: 1e-6
CREATE OR REPLACE TABLE o.told AS
SELECT bought = 'yes' AS wanted, predicted_bought = 'yes' AS given, (SELECT prob FROM UNNEST(predicted_bought_probs) WHERE label = 'yes') AS p FROM ML.PREDICT(MODEL o.automl_classifier, TABLE o.rows);
WITH h AS (SELECT COUNTIF(wanted = given) / COUNT(*) AS accuracy, COUNTIF(wanted AND given) / COUNTIF(given) AS exactly, COUNTIF(wanted AND given) / COUNTIF(wanted) AS found, AVG(-LN(IF(wanted, p, 1 - p))) AS loss FROM o.told)
SELECT e.accuracy / h.accuracy AS accuracy, precision / exactly AS precision, recall / found AS recall, log_loss / loss AS log_loss, h.accuracy > 0.8 AS learned,
  (SELECT LOGICAL_AND(no = (SELECT COUNTIF(NOT given AND wanted = (expected_label = 'yes')) FROM o.told) AND yes = (SELECT COUNTIF(given AND wanted = (expected_label = 'yes')) FROM o.told))
    FROM ML.CONFUSION_MATRIX(MODEL o.automl_classifier, TABLE o.rows)) AS counted,
  (SELECT LOGICAL_AND(true_positives = (SELECT COUNTIF(wanted AND p >= threshold) FROM o.told) AND false_positives = (SELECT COUNTIF(NOT wanted AND p >= threshold) FROM o.told)
    AND ABS(recall - true_positives / (true_positives + false_negatives)) < 1e-12) FROM ML.ROC_CURVE(MODEL o.automl_classifier, TABLE o.rows, [0.3, 0.7])) AS curve
FROM ML.EVALUATE(MODEL o.automl_classifier, TABLE o.rows) AS e CROSS JOIN h;
-- columns: accuracy FLOAT64, precision FLOAT64, recall FLOAT64, log_loss FLOAT64, learned BOOL, counted BOOL, curve BOOL
-- rows:
-- [1, 1, 1, 1, true, true, true]
