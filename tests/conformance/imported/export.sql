-- An imported model is exported as the file that it came from; here that file is imported again.
-- source: BigQuery bigqueryml-syntax-export-model.md (its shape)
-- covers: statement S13; syntax EXPORT_MODEL; model onnx
EXPORT MODEL d.iris OPTIONS (uri = 'exported/iris');
CREATE MODEL d.iris_again OPTIONS (MODEL_TYPE = 'ONNX', MODEL_PATH = 'exported/iris/model.onnx');
SELECT label FROM ML.PREDICT(MODEL d.iris_again, (SELECT [5.0, 3.4, 1.5, 0.2] AS float_input));
-- columns: label INT64
-- rows:
-- [0]
