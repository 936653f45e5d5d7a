-- A FLOAT64 becomes a text without a last .0, and with every digit that it needs; FORMAT's %t and %T write the .0.
-- source: BigQuery conversion_functions.md CAST AS STRING; string_functions.md CONCAT, FORMAT; json_functions.md
-- covers: script NUMBER_TYPES
SELECT CAST(35.0 AS STRING) AS a, CAST(1e20 AS STRING) AS b, CAST(0.1 + 0.7 AS STRING) AS c,
  CAST(CAST('inf' AS FLOAT64) AS STRING) AS d, CONCAT('n=', 35.0) AS e, TO_JSON_STRING([35.0, 2.5]) AS f,
  FORMAT('%t', 35.0) AS g, FORMAT('%T', ['a', 'b']) AS h, FORMAT('%T', [DATE '2024-01-02']) AS i, CAST(NUMERIC '2.50' AS STRING) AS j;
-- columns: a STRING, b STRING, c STRING, d STRING, e STRING, f STRING, g STRING, h STRING, i STRING, j STRING
-- rows:
-- ["35", "1e+20", "0.79999999999999993", "inf", "n=35", "[35,2.5]", "35.0", "[\"a\", \"b\"]", "[DATE \"2024-01-02\"]", "2.5"]
