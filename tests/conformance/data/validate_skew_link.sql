-- The option that asks for a link.
-- source: BigQuery bigqueryml-syntax-validate-data-skew.md
-- covers: ML.VALIDATE_DATA_SKEW on linear_reg
-- differs: enable_visualization_link = TRUE is refused: the links lead to a service of Google's. CREATE MONITOR watches the data.
SELECT * FROM ML.VALIDATE_DATA_SKEW(MODEL d.linear_reg, TABLE d.study, STRUCT(TRUE AS enable_visualization_link));
-- error: the links lead to a service of Google's
