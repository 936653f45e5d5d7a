-- An even number of layers has no middle.
-- source: BigQuery bigqueryml-syntax-create-autoencoder.md
-- covers: option hidden_units of autoencoder
-- needs: torch
CREATE MODEL bqml.autoencoder_never OPTIONS (model_type='AUTOENCODER', hidden_units=[4, 4]) AS SELECT * FROM bqml.penguins;
-- error: odd number of layers, not 2
