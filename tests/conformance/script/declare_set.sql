-- Variables with a default, set again, and read in a query.
-- source: BigQuery procedural-language.md
-- covers: script DECLARE, SET
DECLARE least INT64 DEFAULT 5;
DECLARE total, most INT64;
SET (total, most) = (SELECT AS STRUCT SUM(hits), MAX(hits) FROM web.visits_20260101 WHERE hits > least);
SELECT least, total, most;
-- columns: least INT64, total INT64, most INT64
-- rows: 
-- [5, 10, 10]
