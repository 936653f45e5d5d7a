-- Another size, by bilinear interpolation; the shape is kept where that is asked.
-- source: BigQuery bigqueryml-syntax-resize-image.md
-- covers: ML.RESIZE_IMAGE
-- tolerance: 1e-9
SELECT s.dims AS small, s.pixels, k.dims AS kept FROM (SELECT ML.RESIZE_IMAGE(ML.DECODE_IMAGE(data), 1, 1, FALSE) AS s, ML.RESIZE_IMAGE(ML.DECODE_IMAGE(data), 10, 4, TRUE) AS k FROM i.files);
-- columns: small ARRAY<INT64>, pixels ARRAY<FLOAT64>, kept ARRAY<INT64>
-- rows:
-- [[1, 1, 3], [0.5, 0.5, 0.5], [4, 4, 3]]
