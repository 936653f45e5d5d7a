-- Every field of the row of a FOR.
-- source: BigQuery procedural-language.md; section 6 of the reference
-- covers: syntax FOR_ROW_STAR
FOR r IN (SELECT country, hits FROM web.visits_20260103) DO
  CREATE OR REPLACE TABLE web.copied AS SELECT r.*, 1 AS one;
END FOR;
SELECT * FROM web.copied;
-- columns: country STRING, hits INT64, one INT64
-- rows: 
-- ["kr", 50, 1]
