-- The published numbers of the categories.
-- source: googleapis/python-bigquery-dataframes tests/system/small/ml/test_preprocessing.py, live service; recomputed
-- covers: ML.LABEL_ENCODER; oracle PREPROCESSING
SELECT DISTINCT IFNULL(sex, 'none') AS sex, ML.LABEL_ENCODER(sex, 1000000, 0) OVER () AS code FROM bqml.penguins ORDER BY code;
-- columns: sex STRING, code INT64
-- rows: 
-- ["none", 0]
-- [".", 1]
-- ["FEMALE", 2]
-- ["MALE", 3]
