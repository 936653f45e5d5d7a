-- The outputs of the graph by their names, then the data.
-- source: BigQuery bigqueryml-syntax-create-onnx.md; making-predictions-with-sklearn-models-in-onnx-format.md; the value by scikit-learn itself
-- covers: ML.PREDICT on onnx; model onnx; option model_path of onnx; tutorial 23
SELECT * FROM ML.PREDICT(MODEL d.iris, (SELECT [5.0, 3.4, 1.5, 0.2] AS float_input, 'x' AS more));
-- columns: label INT64, probabilities ARRAY<FLOAT64>, float_input ARRAY<FLOAT64>, more STRING
-- rows:
-- [0, [0.96836, 0.031639, 1e-06], [5.0, 3.4, 1.5, 0.2], "x"]
