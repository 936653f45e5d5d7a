-- NULL becomes the mean, the median or the most frequent value.
-- source: BigQuery bigqueryml-syntax-imputer.md; by arithmetic
-- covers: ML.IMPUTER
SELECT f, ML.IMPUTER(f, 'mean') OVER () AS mean, ML.IMPUTER(f, 'median') OVER () AS median, ML.IMPUTER(w, 'most_frequent') OVER () AS word
FROM UNNEST([STRUCT(NULL AS f, 'a' AS w), STRUCT(-3, 'a'), STRUCT(3, 'b'), STRUCT(3, NULL)]) ORDER BY f NULLS FIRST;
-- columns: f INT64, mean FLOAT64, median FLOAT64, word STRING
-- rows:
-- [null, 1.0, 3.0, "a"]
-- [-3, -3.0, -3.0, "a"]
-- [3, 3.0, 3.0, "b"]
-- [3, 3.0, 3.0, "a"]
