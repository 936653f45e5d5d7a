-- A trial is exported by its number.
-- source: BigQuery bigqueryml-syntax-export-model.md
-- covers: statement S13; syntax EXPORT_MODEL
EXPORT MODEL tune.amounts OPTIONS (uri = 'exported', trial_id = 2);
SELECT 1 AS done;
-- columns: done INT64
-- rows:
-- [1]
