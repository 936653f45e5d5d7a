-- Words of a text, in lower case.
-- source: BigQuery text-analysis-functions.md
-- covers: TEXT_ANALYZE
SELECT TEXT_ANALYZE('I like pie, you like-pie, they like 2 PIEs.') AS words;
-- columns: words ARRAY<STRING>
-- rows: 
-- [["i", "like", "pie", "you", "like", "pie", "they", "like", "2", "pies"]]
