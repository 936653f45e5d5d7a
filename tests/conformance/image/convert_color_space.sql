-- Red, green, blue and white as hue, saturation and value, and as grey.
-- source: BigQuery bigqueryml-syntax-convert-color-space.md; the hues by Python's colorsys, the greys by TensorFlow's weights 0.2989, 0.587 and 0.114
-- covers: ML.CONVERT_COLOR_SPACE
-- tolerance: 1e-9
SELECT h.pixels AS hsv, g.dims AS grey, g.pixels AS luma FROM (SELECT ML.CONVERT_COLOR_SPACE(ML.DECODE_IMAGE(data), 'HSV') AS h, ML.CONVERT_COLOR_SPACE(ML.DECODE_IMAGE(data), 'GRAYSCALE') AS g FROM i.files);
-- columns: hsv ARRAY<FLOAT64>, grey ARRAY<INT64>, luma ARRAY<FLOAT64>
-- rows:
-- [[0.0, 1.0, 1.0, 0.333333333333, 1.0, 1.0, 0.666666666667, 1.0, 1.0, 0.0, 0.0, 1.0], [2, 2, 1], [0.2989, 0.587, 0.114, 0.9999]]
