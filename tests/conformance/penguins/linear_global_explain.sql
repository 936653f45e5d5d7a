-- The published attributions of the numeric columns: the mean of |weight × standardised value|.
-- source: BigQuery linear-regression-tutorial.md; recomputed to every digit (those of categories are arbitrary)
-- covers: ML.GLOBAL_EXPLAIN on linear_reg; option enable_global_explain of linear_reg; tutorial 1
SELECT * FROM ML.GLOBAL_EXPLAIN(MODEL bqml.linear) WHERE feature LIKE '%_mm' ORDER BY attribution DESC;
-- columns: feature STRING, attribution FLOAT64
-- rows:
-- ["flipper_length_mm", 193.612051]
-- ["culmen_depth_mm", 117.084944]
-- ["culmen_length_mm", 94.366793]
