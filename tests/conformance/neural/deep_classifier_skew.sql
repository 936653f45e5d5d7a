-- How far data are from what trained the model.
-- source: BigQuery bigqueryml-syntax-validate-data-skew.md
-- covers: ML.VALIDATE_DATA_SKEW on dnn_classifier
-- needs: torch
SELECT * FROM ML.VALIDATE_DATA_SKEW(MODEL bqml.deep_classifier, TABLE bqml.new_penguins) ORDER BY input LIMIT 1;
-- columns: input STRING, ...
-- rows: 1
