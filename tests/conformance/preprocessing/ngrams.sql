-- Two and three words, by their start and then their length.
-- source: BigQuery bigqueryml-syntax-ngrams.md
-- covers: ML.NGRAMS
SELECT ML.NGRAMS(['a', 'b', 'c'], [2, 3], '#') AS grams;
-- columns: grams ARRAY<STRING>
-- rows: 
-- [["a#b", "a#b#c", "b#c"]]
