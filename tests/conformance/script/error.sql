-- ERROR() stops the script with its words.
-- source: BigQuery debugging_functions.md
-- covers: script ERROR
SELECT IF(SUM(hits) > 10, ERROR(CONCAT('too many: ', CAST(SUM(hits) AS STRING))), 'fine') AS state FROM web.visits_20260101;
-- error: too many: 13
