-- The published values of three rows that the function is fitted on.
-- source: googleapis/python-bigquery-dataframes tests/system/small/ml/test_preprocessing.py, live service; recomputed to every digit
-- covers: ML.MIN_MAX_SCALER; oracle PREPROCESSING
SELECT culmen_length_mm, ML.MIN_MAX_SCALER(culmen_length_mm) OVER () AS x FROM bqml.three ORDER BY culmen_length_mm DESC;
-- columns: culmen_length_mm FLOAT64, x FLOAT64
-- rows: 
-- [39.5, 1.0]
-- [38.5, 0.375]
-- [37.9, 0.0]
