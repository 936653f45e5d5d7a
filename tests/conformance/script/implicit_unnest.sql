-- An array beside its table needs no UNNEST.
-- source: BigQuery query-syntax.md, correlated join
-- covers: syntax IMPLICIT_UNNEST
SELECT id, tag FROM web.carts AS c, c.tags AS tag ORDER BY id, tag;
-- columns: id INT64, tag STRING
-- rows: 
-- [1, "a"]
-- [1, "b"]
-- [2, "b"]
