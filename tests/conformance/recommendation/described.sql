-- What a model is filed under is told by INFORMATION_SCHEMA.MODELS.
-- source: BigQuery's page of the model type, section 2 of the reference
-- covers: option description, labels of matrix_factorization
CREATE OR REPLACE MODEL bqml.mf_described OPTIONS (model_type = 'MATRIX_FACTORIZATION', user_col = 'user_id', item_col = 'item_id', rating_col = 'rating', num_factors = 2, description = 'taste', labels = [('team', 'x')]) AS SELECT user_id, item_id, rating FROM bqml.ratings;
SELECT description, labels FROM INFORMATION_SCHEMA.MODELS WHERE model_name = 'mf_described';
-- columns: description STRING, labels ARRAY<STRUCT<key STRING, value STRING>>
-- rows:
-- ["taste", [{"key": "team", "value": "x"}]]
