-- A schema goes with its tables and models; a name within it is then free.
-- source: BigQuery data-definition-language.md DROP SCHEMA
-- covers: script DROP_SCHEMA
CREATE SCHEMA passing;
CREATE TABLE passing.t (a INT64, label INT64);
INSERT INTO passing.t VALUES (1, 2), (2, 4), (3, 6);
CREATE MODEL passing.m OPTIONS (model_type = 'linear_reg', input_label_cols = ['label']) AS SELECT * FROM passing.t;
DROP SCHEMA passing CASCADE;
CREATE SCHEMA passing;
CREATE TABLE passing.m (a INT64);
SELECT COUNT(*) AS n FROM passing.m;
-- columns: n INT64
-- rows:
-- [0]
