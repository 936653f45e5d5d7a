-- A row and a column a label.
-- source: BigQuery bigqueryml-syntax-confusion.md
-- covers: ML.CONFUSION_MATRIX on automl_classifier
SELECT * FROM ML.CONFUSION_MATRIX(MODEL o.automl_classifier);
-- columns: expected_label STRING, no INT64, yes INT64
-- rows: 2
