-- The cells of the confusion matrix and the counts of the ROC curve are those of the predictions.
-- source: counted in the query from ML.PREDICT
-- covers: ML.CONFUSION_MATRIX on dnn_classifier, dnn_linear_combined_classifier; ML.ROC_CURVE on dnn_classifier, dnn_linear_combined_classifier
-- tolerance: 1e-9
-- needs: torch
CREATE OR REPLACE TABLE bqml.counted AS
SELECT 'deep' AS model, sex, predicted_sex, (SELECT prob FROM UNNEST(predicted_sex_probs) WHERE label = 'MALE') AS p
FROM ML.PREDICT(MODEL bqml.deep_classifier, (SELECT * FROM bqml.penguins WHERE sex IN ('FEMALE', 'MALE')))
UNION ALL
SELECT 'wide', sex, predicted_sex, (SELECT prob FROM UNNEST(predicted_sex_probs) WHERE label = 'MALE')
FROM ML.PREDICT(MODEL bqml.wide_classifier, (SELECT * FROM bqml.penguins WHERE sex IN ('FEMALE', 'MALE')));
WITH cells AS (
  SELECT 'deep' AS model, * FROM ML.CONFUSION_MATRIX(MODEL bqml.deep_classifier) UNION ALL SELECT 'wide', * FROM ML.CONFUSION_MATRIX(MODEL bqml.wide_classifier)),
curves AS (
  SELECT 'deep' AS model, * FROM ML.ROC_CURVE(MODEL bqml.deep_classifier, [0.3, 0.7]) UNION ALL SELECT 'wide', * FROM ML.ROC_CURVE(MODEL bqml.wide_classifier, [0.3, 0.7])),
of_cells AS (
  SELECT model, LOGICAL_AND(FEMALE = (SELECT COUNT(*) FROM bqml.counted AS c WHERE c.model = cells.model AND c.sex = expected_label AND c.predicted_sex = 'FEMALE')
    AND MALE = (SELECT COUNT(*) FROM bqml.counted AS c WHERE c.model = cells.model AND c.sex = expected_label AND c.predicted_sex = 'MALE')) AS cells_counted,
    SUM(FEMALE + MALE) AS penguins FROM cells GROUP BY model),
of_curves AS (
  SELECT model, LOGICAL_AND(true_positives = (SELECT COUNT(*) FROM bqml.counted AS c WHERE c.model = curves.model AND c.sex = 'MALE' AND c.p >= threshold)
    AND false_positives = (SELECT COUNT(*) FROM bqml.counted AS c WHERE c.model = curves.model AND c.sex = 'FEMALE' AND c.p >= threshold)) AS curve_counted,
    MAX(ABS(recall - true_positives / (true_positives + false_negatives))) < 1e-12 AS shares FROM curves GROUP BY model)
SELECT model, cells_counted, penguins, curve_counted, shares FROM of_cells JOIN of_curves USING (model) ORDER BY model;
-- columns: model STRING, cells_counted BOOL, penguins INT64, curve_counted BOOL, shares BOOL
-- rows:
-- ["deep", true, 333, true, true]
-- ["wide", true, 333, true, true]
