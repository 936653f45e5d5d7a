-- The published values of three rows that the function is fitted on.
-- source: googleapis/python-bigquery-dataframes tests/system/small/ml/test_preprocessing.py, live service; recomputed
-- tolerance: 3e-4 as the published values are all greater by 0.00005, as if the mean had been rounded
-- covers: ML.STANDARD_SCALER; oracle PREPROCESSING; resolution standard_scaler
SELECT culmen_length_mm, ML.STANDARD_SCALER(culmen_length_mm) OVER () AS x FROM bqml.three ORDER BY culmen_length_mm DESC;
-- columns: culmen_length_mm FLOAT64, x FLOAT64
-- rows: 
-- [39.5, 1.313249]
-- [38.5, -0.20198]
-- [37.9, -1.111118]
