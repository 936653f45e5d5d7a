-- Options that describe the model, as INFORMATION_SCHEMA.MODELS then shows them; what is not given stays.
-- source: BigQuery bigqueryml-syntax-alter-model.md
-- covers: statement S11; syntax ALTER_MODEL; option description, labels of linear_reg
CREATE OR REPLACE MODEL shop.altered OPTIONS (model_type = 'LINEAR_REG', input_label_cols = ['amount'], description = 'as made', labels = [('team', 'stock')]) AS SELECT price, amount FROM shop.sales;
ALTER MODEL shop.altered SET OPTIONS (description = 'what is sold', expiration_timestamp = TIMESTAMP '2100-01-01 00:00:00 UTC');
ALTER MODEL IF EXISTS shop.nowhere SET OPTIONS (description = 'nothing');
SELECT model_name, description, labels, expiration_time FROM INFORMATION_SCHEMA.MODELS WHERE model_name IN ('altered', 'nowhere');
-- columns: model_name STRING, description STRING, labels ARRAY<STRUCT<key STRING, value STRING>>, expiration_time TIMESTAMP
-- rows:
-- ["altered", "what is sold", [{"key": "team", "value": "stock"}], "2100-01-01T00:00:00+00:00"]
