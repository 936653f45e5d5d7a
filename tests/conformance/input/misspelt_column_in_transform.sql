-- A misspelt column within an expression of TRANSFORM; the message points at the word itself.
-- source: BigQuery bigqueryml-transform.md
-- covers: input misplaced_column
CREATE MODEL shop.never
TRANSFORM (kind, CASE WHEN prize > 1 THEN 1 ELSE 0 END AS dear)
OPTIONS (model_type = 'logistic_reg', input_label_cols = ['kind']) AS SELECT 1 AS price, 'a' AS kind;
-- error: 'prize'
