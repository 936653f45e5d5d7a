-- Each word with how often it is there.
-- source: BigQuery text-analysis-functions.md
-- covers: BAG_OF_WORDS
SELECT BAG_OF_WORDS(['a', 'b', 'b', 'c']) AS words;
-- columns: words ARRAY<STRUCT<term STRING, count INT64>>
-- rows:
-- [[{"term": "a", "count": 1}, {"term": "b", "count": 2}, {"term": "c", "count": 1}]]
