-- WHILE, LOOP, REPEAT and FOR over the rows of a query.
-- source: BigQuery procedural-language.md
-- covers: script LOOP
DECLARE n INT64 DEFAULT 0;
WHILE n < 3 DO SET n = n + 1; END WHILE;
LOOP SET n = n + 1; IF n >= 6 THEN BREAK; END IF; END LOOP;
REPEAT SET n = n + 1; UNTIL n >= 8 END REPEAT;
FOR row_ IN (SELECT hits FROM web.visits_20260101 ORDER BY hits) DO SET n = n + row_.hits; END FOR;
SELECT n;
-- columns: n INT64
-- rows: 
-- [21]
