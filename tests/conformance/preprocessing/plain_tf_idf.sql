-- Each word with its TF-IDF.
-- source: BigQuery text-analysis-functions.md; the values by its formula: tf · ln(1 + documents / (1 + documents with the word))
-- covers: TF_IDF
SELECT f[OFFSET(0)] AS word, TF_IDF(f, 10, 1) OVER () AS words FROM (SELECT ['a', 'b', 'b'] AS f UNION ALL SELECT ['b', 'c'] AS f) ORDER BY 1;
-- columns: word STRING, words ARRAY<STRUCT<term STRING, tf_idf FLOAT64>>
-- rows:
-- ["a", [{"term": "a", "tf_idf": 0.231049}, {"term": "b", "tf_idf": 0.34055}]]
-- ["b", [{"term": "b", "tf_idf": 0.255413}, {"term": "c", "tf_idf": 0.346574}]]
