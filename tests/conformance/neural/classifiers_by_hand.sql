-- The metrics of a network's classes are the arithmetic of its predictions: MALE is the class that is asked about.
-- source: the formulas of scikit-learn's metrics, computed in the query from ML.PREDICT; the area under the ROC curve is the share of pairs in the right order
-- covers: ML.EVALUATE on dnn_classifier, dnn_linear_combined_classifier; ML.PREDICT on dnn_classifier, dnn_linear_combined_classifier; model dnn_classifier, dnn_linear_combined_classifier
-- tolerance: 1e-6
-- needs: torch
CREATE OR REPLACE TABLE bqml.sexed AS SELECT * FROM bqml.penguins WHERE sex IN ('FEMALE', 'MALE');
CREATE OR REPLACE TABLE bqml.told AS
SELECT 'deep' AS model, sex = 'MALE' AS wanted, predicted_sex = 'MALE' AS given, (SELECT prob FROM UNNEST(predicted_sex_probs) WHERE label = 'MALE') AS p
FROM ML.PREDICT(MODEL bqml.deep_classifier, TABLE bqml.sexed)
UNION ALL
SELECT 'wide', sex = 'MALE', predicted_sex = 'MALE', (SELECT prob FROM UNNEST(predicted_sex_probs) WHERE label = 'MALE')
FROM ML.PREDICT(MODEL bqml.wide_classifier, TABLE bqml.sexed);
WITH by_hand AS (
  SELECT model, COUNTIF(wanted = given) / COUNT(*) AS accuracy, COUNTIF(wanted AND given) / COUNTIF(given) AS exactly,
    COUNTIF(wanted AND given) / COUNTIF(wanted) AS found, AVG(-LN(IF(wanted, p, 1 - p))) AS loss FROM bqml.told GROUP BY model),
pairs AS (
  SELECT model, AVG(IF(m.p > f.p, 1, IF(m.p = f.p, 0.5, 0))) AS area
  FROM bqml.told AS m JOIN bqml.told AS f USING (model) WHERE m.wanted AND NOT f.wanted GROUP BY model),
judged AS (
  SELECT 'deep' AS model, * FROM ML.EVALUATE(MODEL bqml.deep_classifier, TABLE bqml.sexed)
  UNION ALL SELECT 'wide', * FROM ML.EVALUATE(MODEL bqml.wide_classifier, TABLE bqml.sexed))
SELECT model, j.accuracy / h.accuracy AS accuracy, precision / exactly AS precision, recall / found AS recall,
  f1_score / (2 * exactly * found / (exactly + found)) AS f1, log_loss / loss AS log_loss, roc_auc / area AS roc_auc
FROM judged AS j JOIN by_hand AS h USING (model) JOIN pairs USING (model) ORDER BY model;
-- columns: model STRING, accuracy FLOAT64, precision FLOAT64, recall FLOAT64, f1 FLOAT64, log_loss FLOAT64, roc_auc FLOAT64
-- rows:
-- ["deep", 1, 1, 1, 1, 1, 1]
-- ["wide", 1, 1, 1, 1, 1, 1]
