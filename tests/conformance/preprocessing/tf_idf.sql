-- Term frequency by inverse document frequency.
-- source: BigQuery bigqueryml-syntax-tf-idf.md; the values by its formula, computed apart; what is no word counts with the mean of the weights of the words
-- covers: ML.TF_IDF
SELECT f[OFFSET(0)] AS word, ML.TF_IDF(f, 32, 1) OVER () AS code FROM (SELECT ['I', 'like', 'pie', 'pie', 'pie', NULL] AS f UNION ALL SELECT ['yum', 'yum', 'pie', NULL] AS f) ORDER BY 1;
-- columns: word STRING, code ARRAY<STRUCT<index INT64, value FLOAT64>>
-- rows:
-- ["I", [{"index": 0, "value": 0.107928}, {"index": 1, "value": 0.115525}, {"index": 2, "value": 0.115525}, {"index": 3, "value": 0.255413}]]
-- ["yum", [{"index": 0, "value": 0.161892}, {"index": 3, "value": 0.127706}, {"index": 4, "value": 0.346574}]]
