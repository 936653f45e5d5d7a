-- Every model with its versions and aliases.
-- source: the issue
-- covers: script INFORMATION_SCHEMA_MODELS
CREATE OR REPLACE MODEL web.m OPTIONS (model_type = 'linear_reg', input_label_cols = ['hits']) AS SELECT country, hits FROM web.visits_20260101;
SELECT model_schema, model_name, version, aliases, model_type FROM INFORMATION_SCHEMA.MODELS WHERE model_name = 'm';
-- columns: model_schema STRING, model_name STRING, version INT64, aliases ARRAY<STRING>, model_type STRING
-- rows: 
-- ["web", "m", 1, ["champion"], "linear_reg"]
