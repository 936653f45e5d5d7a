-- Whole numbers from 0 to 255.
-- source: BigQuery bigqueryml-syntax-convert-image-type.md
-- covers: ML.CONVERT_IMAGE_TYPE
SELECT b.pixels FROM (SELECT ML.CONVERT_IMAGE_TYPE(ML.DECODE_IMAGE(data)) AS b FROM i.files);
-- columns: pixels ARRAY<INT64>
-- rows:
-- [[255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255]]
