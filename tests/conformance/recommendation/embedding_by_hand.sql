-- The embedding of a user or an item is its factors, then its intercept.
-- source: BigQuery bigqueryml-syntax-generate-embedding.md; compared in the query with ML.WEIGHTS
-- covers: ML.GENERATE_EMBEDDING, AI.GENERATE_EMBEDDING, ML.WEIGHTS on matrix_factorization; syntax EMBEDDING_WITHOUT_DATA
SELECT w.processed_input AS of, COUNT(*) AS of_them, MAX((SELECT MAX(ABS(f.weight - m.ml_generate_embedding_result[OFFSET(f.factor - 1)])) FROM UNNEST(w.factor_weights) AS f)) < 1e-9 AS factors,
  MAX(ABS(w.intercept - m.ml_generate_embedding_result[OFFSET(6)])) < 1e-9 AS intercept, LOGICAL_AND(TO_JSON_STRING(m.ml_generate_embedding_result) = TO_JSON_STRING(a.embedding)) AS ai
FROM ML.WEIGHTS(MODEL bqml.taste) AS w JOIN ML.GENERATE_EMBEDDING(MODEL bqml.taste) AS m USING (processed_input, feature) JOIN AI.GENERATE_EMBEDDING(MODEL bqml.taste) AS a USING (processed_input, feature)
WHERE w.feature != 'global__intercept__' GROUP BY 1 ORDER BY 1;
-- columns: of STRING, of_them INT64, factors BOOL, intercept BOOL, ai BOOL
-- rows:
-- ["item_id", 10, true, true, true]
-- ["user_id", 10, true, true, true]
