-- What a model is filed under is told by INFORMATION_SCHEMA.MODELS.
-- source: BigQuery's page of the model type, section 2 of the reference
-- covers: option description, labels of pca
CREATE OR REPLACE MODEL o.pca_described OPTIONS (model_type = 'pca', num_principal_components = 1, description = 'a model', labels = [('team', 'x')]) AS SELECT a, b FROM o.rows;
SELECT description, labels FROM INFORMATION_SCHEMA.MODELS WHERE model_name = 'pca_described';
-- columns: description STRING, labels ARRAY<STRUCT<key STRING, value STRING>>
-- rows:
-- ["a model", [{"key": "team", "value": "x"}]]
