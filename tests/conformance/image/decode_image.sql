-- Bytes become height, width, channels and numbers from 0 to 1, row by row.
-- source: BigQuery bigqueryml-syntax-decode-image.md
-- covers: ML.DECODE_IMAGE
SELECT d.dims, d.pixels FROM (SELECT ML.DECODE_IMAGE(data) AS d FROM i.files);
-- columns: dims ARRAY<INT64>, pixels ARRAY<FLOAT64>
-- rows:
-- [[2, 2, 3], [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0]]
