-- The published values of three rows that the function is fitted on.
-- source: googleapis/python-bigquery-dataframes tests/system/small/ml/test_preprocessing.py, live service; recomputed to every digit
-- covers: ML.QUANTILE_BUCKETIZE; oracle PREPROCESSING
SELECT culmen_length_mm, ML.QUANTILE_BUCKETIZE(culmen_length_mm, 5) OVER () AS x FROM bqml.three ORDER BY culmen_length_mm DESC;
-- columns: culmen_length_mm FLOAT64, x STRING
-- rows: 
-- [39.5, "bin_2"]
-- [38.5, "bin_2"]
-- [37.9, "bin_1"]
