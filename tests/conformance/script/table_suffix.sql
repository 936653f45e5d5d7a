-- A table a day, those of some days.
-- source: BigQuery querying-wildcard-tables.md; create-machine-learning-model.md
-- covers: script TABLE_SUFFIX; tutorial 2
SELECT _TABLE_SUFFIX AS day, SUM(hits) AS hits FROM `my-project.web.visits_*`
WHERE _TABLE_SUFFIX BETWEEN '20260102' AND '20260103' GROUP BY day ORDER BY day;
-- columns: day STRING, hits INT64
-- rows: 
-- ["20260102", 37]
-- ["20260103", 50]
