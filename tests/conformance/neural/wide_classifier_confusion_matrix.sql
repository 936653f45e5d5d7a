-- One row and one column a label.
-- source: BigQuery bigqueryml-syntax-confusion.md
-- covers: ML.CONFUSION_MATRIX on dnn_linear_combined_classifier
-- needs: torch
SELECT * FROM ML.CONFUSION_MATRIX(MODEL bqml.wide_classifier) ORDER BY expected_label;
-- columns: expected_label STRING, FEMALE INT64, MALE INT64
-- rows: 2
