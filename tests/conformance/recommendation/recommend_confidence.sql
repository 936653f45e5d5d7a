-- Of implicit feedback, a confidence.
-- source: BigQuery bigqueryml-syntax-recommend.md; bigqueryml-mf-implicit-tutorial.md
-- covers: ML.RECOMMEND on matrix_factorization; tutorial 11; option feedback_type of matrix_factorization
SELECT * FROM ML.RECOMMEND(MODEL bqml.wish, (SELECT 'v1' AS visitor, 'p7' AS page));
-- columns: predicted_duration_confidence FLOAT64, visitor STRING, page STRING
-- rows: 1
