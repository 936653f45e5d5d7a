-- A model becomes a folder that runs elsewhere: the ONNX file in it, imported again, predicts the same.
-- source: BigQuery bigqueryml-syntax-export-model.md; export-model-tutorial.md
-- covers: statement S13; syntax EXPORT_MODEL; tutorial 25
-- differs: The folder holds ONNX and JSON, which plain onnxruntime runs, in place of a TensorFlow SavedModel or an XGBoost file.
EXPORT MODEL shop.plain OPTIONS (uri = 'exported/plain');
CREATE OR REPLACE MODEL shop.brought_back OPTIONS (model_type = 'ONNX', model_path = 'exported/plain/model.onnx');
SELECT ABS(score - predicted_amount) < 1e-9 AS same, price, kind
FROM ML.PREDICT(MODEL shop.brought_back, (SELECT predicted_amount, CAST(price AS FLOAT64) AS price, kind FROM ML.PREDICT(MODEL shop.plain, (SELECT 3 AS price, 'a' AS kind))));
-- columns: same BOOL, price FLOAT64, kind STRING
-- rows:
-- [true, 3.0, "a"]
