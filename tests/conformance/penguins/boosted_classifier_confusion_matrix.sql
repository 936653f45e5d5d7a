-- One row and one column a label; a label that is no name becomes one.
-- source: BigQuery bigqueryml-syntax-confusion.md
-- covers: ML.CONFUSION_MATRIX on boosted_tree_classifier
SELECT * FROM ML.CONFUSION_MATRIX(MODEL bqml.boosted_classifier) ORDER BY expected_label;
-- columns: expected_label STRING, _ INT64, FEMALE INT64, MALE INT64
-- rows: 3
