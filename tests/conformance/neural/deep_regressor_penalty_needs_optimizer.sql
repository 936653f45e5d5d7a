-- A penalty with an optimiser that has none is refused.
-- source: BigQuery bigqueryml-syntax-create-dnn-models.md
-- covers: input exclusive_options
-- needs: torch
CREATE MODEL bqml.deep_regressor_never OPTIONS (model_type='dnn_regressor', input_label_cols=['body_mass_g'], l1_reg=0.1, optimizer='RMSPROP') AS SELECT * FROM bqml.penguins WHERE body_mass_g IS NOT NULL;
-- error: RMSPROP does not
