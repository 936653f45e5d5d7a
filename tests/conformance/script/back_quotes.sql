-- A name in back quotes, as a whole or in parts.
-- source: googleapis/python-bigquery-dataframes golden SQL
-- covers: script BACKQUOTES
SELECT COUNT(*) AS a, (SELECT COUNT(*) FROM `my-project`.`web`.`carts`) AS b, (SELECT COUNT(*) FROM my-project.web.carts) AS c FROM `my-project.web.carts`;
-- columns: a INT64, b INT64, c INT64
-- rows: 
-- [2, 2, 2]
