-- Columns left out and replaced.
-- source: BigQuery query-syntax.md
-- covers: script EXCEPT_REPLACE
SELECT * EXCEPT (bought) REPLACE (hits * 2 AS hits) FROM web.visits_20260103;
-- columns: country STRING, hits INT64
-- rows: 
-- ["kr", 100]
