-- NULL in the place of an error.
-- source: BigQuery functions-reference.md
-- covers: script SAFE
SELECT SAFE_DIVIDE(1, 0) AS a, SAFE_CAST('x' AS INT64) AS b, SAFE.SUBSTR('abc', 2) AS c, [1, 2][SAFE_OFFSET(5)] AS d, SAFE_ADD(9223372036854775807, 1) AS e,
  SAFE_CAST('1.5' AS INT64) AS f, SAFE_CAST(' -7' AS INT64) AS g, IEEE_DIVIDE(1, 0) AS h, NULL / 0 AS i;
-- columns: a FLOAT64, b INT64, c STRING, d INT64, e INT64, f INT64, g INT64, h FLOAT64, i FLOAT64
-- rows:
-- [null, null, "bc", null, null, null, -7, Infinity, null]
