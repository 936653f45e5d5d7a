-- The fields of the structs in an array are columns, with the alias or without, and in a subquery of the row.
-- source: BigQuery query-syntax.md UNNEST
-- covers: script UNNEST_STRUCTS
SELECT id, item, i.price, (SELECT SUM(number * price) FROM UNNEST(items)) AS total FROM web.carts, UNNEST(items) AS i ORDER BY id, item;
-- columns: id INT64, item STRING, price FLOAT64, total FLOAT64
-- rows: 
-- [1, "ink", 9.0, 12.0]
-- [1, "pen", 1.5, 12.0]
-- [2, "pen", 1.5, 1.5]
