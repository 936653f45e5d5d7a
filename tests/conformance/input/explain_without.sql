-- ML.GLOBAL_EXPLAIN needs ENABLE_GLOBAL_EXPLAIN.
-- source: BigQuery bigqueryml-syntax-global-explain.md
-- covers: input explain_without
SELECT * FROM ML.GLOBAL_EXPLAIN(MODEL shop.plain);
-- error: enable_global_explain
