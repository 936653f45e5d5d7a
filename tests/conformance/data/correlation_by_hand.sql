-- The correlation of every segment is Pearson's.
-- source: CORR and COUNT in plain SQL, computed in the query
-- covers: ML.CORRELATION
WITH by_hand AS (
  SELECT word, CORR(n, third) AS r, COUNT(*) AS size FROM d.base GROUP BY word UNION ALL SELECT NULL, CORR(n, third), COUNT(*) FROM d.base)
SELECT c.word, ABS(correlation - r) < 1e-12 AS by_hand, ABS(correlation) > 1e-6 AS told, segment_size = size AS sized, segment_proportion
FROM ML.CORRELATION(TABLE d.base, target_col => 'n', target_correlation_cols => ['third'], dimension_cols => ['word']) AS c JOIN by_hand AS h ON c.word IS NOT DISTINCT FROM h.word ORDER BY segment_proportion DESC;
-- columns: word STRING, by_hand BOOL, told BOOL, sized BOOL, segment_proportion FLOAT64
-- rows:
-- [null, true, true, true, 1.0]
-- ["y", true, true, true, 0.75]
-- ["x", true, true, true, 0.25]
