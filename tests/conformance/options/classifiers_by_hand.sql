-- Metrics, the confusion matrix and the ROC curve of each kind of classifier are arithmetic of its predictions; 'yes' is
-- the class that is asked about. The probabilities of a row sum to 1, the greatest is the prediction's, and it comes first.
-- source: the formulas of scikit-learn's metrics, computed in the query from ML.PREDICT; the area under the ROC curve is the share of pairs in the right order
-- covers: ML.PREDICT, ML.EVALUATE, ML.CONFUSION_MATRIX, ML.ROC_CURVE on logistic_reg, boosted_tree_classifier, random_forest_classifier
-- covers: resolution roc_curve_columns; resolution averages; resolution probs_order; resolution probs_element_type
-- tolerance: 1e-6
CREATE OR REPLACE TABLE o.judged (model STRING, confusion BOOL, curve BOOL, probabilities BOOL, accuracy FLOAT64, exactly FLOAT64, found FLOAT64, f1 FLOAT64, loss FLOAT64, area FLOAT64);
FOR model IN (SELECT * FROM UNNEST([
    STRUCT('logistic_reg' AS type, 'l2_reg = 1' AS options), ('boosted_tree_classifier', 'max_iterations = 2, max_tree_depth = 3'), ('random_forest_classifier', 'num_parallel_tree = 3, max_tree_depth = 3')])) DO
  EXECUTE IMMEDIATE FORMAT("""
    CREATE OR REPLACE MODEL o.by_hand OPTIONS (model_type = '%s', input_label_cols = ['bought'], %s, data_split_method = 'NO_SPLIT') AS SELECT b, word, n, bought FROM o.rows""",
    model.type, model.options);
  CREATE OR REPLACE TABLE o.told AS
  SELECT bought = 'yes' AS wanted, predicted_bought = 'yes' AS given, predicted_bought, predicted_bought_probs AS probs, (SELECT prob FROM UNNEST(predicted_bought_probs) WHERE label = 'yes') AS p
  FROM ML.PREDICT(MODEL o.by_hand, TABLE o.rows);
  INSERT INTO o.judged
  SELECT model.type,
    (SELECT LOGICAL_AND(no = (SELECT COUNTIF(NOT given AND wanted = (expected_label = 'yes')) FROM o.told) AND yes = (SELECT COUNTIF(given AND wanted = (expected_label = 'yes')) FROM o.told))
      FROM ML.CONFUSION_MATRIX(MODEL o.by_hand)),
    (SELECT LOGICAL_AND(true_positives = (SELECT COUNTIF(wanted AND p >= threshold) FROM o.told) AND false_positives = (SELECT COUNTIF(NOT wanted AND p >= threshold) FROM o.told)
        AND false_negatives = (SELECT COUNTIF(wanted AND p < threshold) FROM o.told) AND true_negatives = (SELECT COUNTIF(NOT wanted AND p < threshold) FROM o.told)
        AND ABS(recall - true_positives / (true_positives + false_negatives)) < 1e-12 AND ABS(false_positive_rate - false_positives / (false_positives + true_negatives)) < 1e-12) AND COUNT(*) = 3
      FROM ML.ROC_CURVE(MODEL o.by_hand, GENERATE_ARRAY(0.3, 0.7, 0.2))),
    (SELECT LOGICAL_AND(ABS((SELECT SUM(prob) FROM UNNEST(probs)) - 1) < 1e-6 AND (SELECT MAX(prob) FROM UNNEST(probs)) = IF(given, p, (SELECT prob FROM UNNEST(probs) WHERE label = 'no'))
        AND probs[OFFSET(0)].label = 'yes') FROM o.told),
    e.accuracy / h.accuracy, e.precision / h.exactly, e.recall / h.found, e.f1_score / (2 * h.exactly * h.found / (h.exactly + h.found)), e.log_loss / h.loss,
    e.roc_auc / (SELECT AVG(IF(m.p > f.p, 1, IF(m.p = f.p, 0.5, 0))) FROM o.told AS m, o.told AS f WHERE m.wanted AND NOT f.wanted)
  FROM ML.EVALUATE(MODEL o.by_hand) AS e CROSS JOIN (
    SELECT COUNTIF(wanted = given) / COUNT(*) AS accuracy, COUNTIF(wanted AND given) / COUNTIF(given) AS exactly, COUNTIF(wanted AND given) / COUNTIF(wanted) AS found,
      AVG(-LN(IF(wanted, p, 1 - p))) AS loss FROM o.told) AS h;
END FOR;
SELECT * FROM o.judged ORDER BY model;
-- columns: model STRING, confusion BOOL, curve BOOL, probabilities BOOL, accuracy FLOAT64, exactly FLOAT64, found FLOAT64, f1 FLOAT64, loss FLOAT64, area FLOAT64
-- rows:
-- ["boosted_tree_classifier", true, true, true, 1, 1, 1, 1, 1, 1]
-- ["logistic_reg", true, true, true, 1, 1, 1, 1, 1, 1]
-- ["random_forest_classifier", true, true, true, 1, 1, 1, 1, 1, 1]
