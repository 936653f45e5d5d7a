-- The published indexes of the categories, in the order of the alphabet.
-- source: googleapis/python-bigquery-dataframes tests/system/small/ml/test_preprocessing.py, live service; recomputed
-- covers: ML.ONE_HOT_ENCODER; oracle PREPROCESSING
SELECT sex, ANY_VALUE(code) AS code FROM (SELECT sex, ML.ONE_HOT_ENCODER(sex, 'none', 1000000, 0) OVER () AS code FROM bqml.penguins) WHERE sex IS NOT NULL GROUP BY sex ORDER BY sex;
-- columns: sex STRING, code ARRAY<STRUCT<index INT64, value FLOAT64>>
-- rows:
-- [".", [{"index": 1, "value": 1.0}]]
-- ["FEMALE", [{"index": 2, "value": 1.0}]]
-- ["MALE", [{"index": 3, "value": 1.0}]]
