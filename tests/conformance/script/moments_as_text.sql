-- Dates and times are written and read by BigQuery's format elements, in a time zone.
-- source: BigQuery format-elements.md, timestamp_functions.md, date_functions.md
-- covers: script DATE_FORMATS
SELECT FORMAT_TIMESTAMP('%F %T %Ez', t, 'Asia/Seoul') AS a, FORMAT_TIMESTAMP('%E3S', t) AS b, FORMAT_DATE('%Y-Q%Q', DATE '2024-05-01') AS c,
  PARSE_TIMESTAMP('%F %T', '2024-02-03 04:05:06', 'Asia/Seoul') AS d, PARSE_DATE('%b %e, %Y', 'Feb 3, 2024') AS e,
  DATE_TRUNC(DATE '2024-02-29', ISOWEEK) AS f, TIMESTAMP_MILLIS(1704067200000) AS g, DATE '2024-01-31' + 1 AS h,
  ARRAY_LENGTH(GENERATE_DATE_ARRAY('2024-01-01', '2024-01-31', INTERVAL 1 WEEK)) AS i
FROM (SELECT TIMESTAMP '2024-02-03 04:05:06.25+00' AS t);
-- columns: a STRING, b STRING, c STRING, d TIMESTAMP, e DATE, f DATE, g TIMESTAMP, h DATE, i INT64
-- rows:
-- ["2024-02-03 13:05:06 +09:00", "06.250", "2024-Q2", "2024-02-02T19:05:06+00:00", "2024-02-03", "2024-02-26", "2024-01-01T00:00:00+00:00", "2024-02-01", 5]
