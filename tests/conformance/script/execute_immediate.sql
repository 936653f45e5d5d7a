-- A text is done, with values and into a variable.
-- source: BigQuery procedural-language.md
-- covers: script EXECUTE_IMMEDIATE
DECLARE n, m INT64;
EXECUTE IMMEDIATE 'SELECT SUM(hits) FROM web.visits_20260101 WHERE hits > ?' INTO n USING 1;
EXECUTE IMMEDIATE 'SELECT SUM(hits) FROM web.visits_20260101 WHERE country = @c' INTO m USING 'kr' AS c;
SELECT n, m;
-- columns: n INT64, m INT64
-- rows: 
-- [13, 10]
