-- PIVOT, UNPIVOT, ROLLUP, QUALIFY, named windows, STRING_AGG with LIMIT, SELECT AS STRUCT, BY NAME, in one script.
-- source: BigQuery query-syntax.md, aggregate_functions.md, window-function-calls.md
-- covers: script QUERY_FORMS
CREATE TABLE shop.sales PARTITION BY DATE_TRUNC(day, MONTH) CLUSTER BY product OPTIONS (description = 'sales') AS
SELECT 'kale' AS product, 51 AS sold, 'Q1' AS quarter, DATE '2024-01-05' AS day UNION ALL
SELECT 'kale', 23, 'Q2', DATE '2024-04-05' UNION ALL SELECT 'apple', 77, 'Q1', DATE '2024-02-03';
CREATE OR REPLACE TABLE shop.copied CLONE shop.sales;
DELETE shop.copied WHERE product = 'apple';
CREATE TEMP FUNCTION twice(x INT64) AS (x * 2);
SELECT p.product, total_Q1, n_Q2, u.quarters, latest, r.sold AS whole, twice(r.sold) AS doubled,
  (SELECT STRING_AGG(product, '+' ORDER BY product LIMIT 1) FROM shop.sales) AS first_product,
  (SELECT COUNT(*) FROM shop.copied FOR SYSTEM_TIME AS OF CURRENT_TIMESTAMP()) AS kept,
  ARRAY(SELECT AS STRUCT 1 AS a UNION ALL SELECT AS STRUCT 1) AS structs
FROM (SELECT product, sold, quarter FROM shop.sales) PIVOT(SUM(sold) AS total, COUNT(*) AS n FOR quarter IN ('Q1', 'Q2')) AS p
JOIN (SELECT product, STRING_AGG(quarter ORDER BY quarter) AS quarters
      FROM (SELECT product, 1 AS Q1, 2 AS Q2 FROM shop.sales WHERE quarter = 'Q1') UNPIVOT(x FOR quarter IN (Q1, Q2))
      GROUP BY product) AS u USING (product)
JOIN (SELECT product, day AS latest FROM shop.sales WHERE TRUE
      QUALIFY ROW_NUMBER() OVER w = 1 WINDOW w AS (PARTITION BY product ORDER BY day DESC)) AS q USING (product)
JOIN (SELECT product, SUM(sold) AS sold FROM shop.sales GROUP BY ROLLUP(product)) AS r ON r.product = p.product
ORDER BY product;
-- columns: product STRING, total_Q1 INT64, n_Q2 INT64, quarters STRING, latest DATE, whole INT64, doubled INT64, first_product STRING, kept INT64, structs ARRAY<STRUCT<a INT64>>
-- rows:
-- ["apple", 77, 0, "Q1,Q2", "2024-02-03", 77, 154, "apple", 2, [{"a": 1}, {"a": 1}]]
-- ["kale", 51, 1, "Q1,Q2", "2024-04-05", 74, 148, "apple", 2, [{"a": 1}, {"a": 1}]]
