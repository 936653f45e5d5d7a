-- Every segment of the cube, the largest first.
-- source: BigQuery bigqueryml-syntax-correlation.md
-- covers: ML.CORRELATION
SELECT * FROM ML.CORRELATION(TABLE d.base, target_col => 'n', target_correlation_cols => ['third'], dimension_cols => ['word']);
-- columns: segment ARRAY<STRUCT<dimension_col STRING, dimension_value JSON>>, word STRING, target_col STRING,
-- corr_col STRING, correlation FLOAT64, segment_size INT64, segment_proportion FLOAT64
