-- A penalty with an optimiser that has none is refused.
-- source: BigQuery bigqueryml-syntax-create-dnn-models.md
-- covers: input exclusive_options
-- needs: torch
CREATE MODEL bqml.deep_classifier_never OPTIONS (model_type='dnn_classifier', input_label_cols=['sex'], l1_reg=0.1, optimizer='RMSPROP') AS SELECT * FROM bqml.penguins WHERE sex IN ('FEMALE', 'MALE');
-- error: RMSPROP does not
